import Pages
import Simulator

/// A run as one self-contained HTML page: a picture per node over time, and everything in it as
/// text below.
///
/// No script and nothing from elsewhere: it can be mailed, printed and read aloud.
struct TimelinePage {
    let report: RunReport

    init(_ report: RunReport) {
        self.report = report
    }

    /// The page.
    var text: String {
        let timeline = report.timeline ?? Timeline()
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(HTML.escape(title))</title>
            <style>\(TimelineStyle.css)</style>
            </head>
            <body>
            <main>
            <h1>\(HTML.escape(title))</h1>
            \(story)
            \(verdict)
            <h2>What happened</h2>
            <figure>
            \(TimelinePicture(timeline).svg)
            \(legend)
            </figure>
            \(settings)
            \(bands(timeline))
            \(faults)
            \(oracles)
            </main>
            </body>
            </html>

            """
    }

    private var title: String {
        let name = report.plan.name.isEmpty ? "swarm" : report.plan.name
        return "\(name), seed \(Seed.text(report.plan.seed))"
    }

    private var story: String {
        report.plan.story.map { "<p>\(HTML.escape($0))</p>" }.joined(separator: "\n")
    }

    private var verdict: String {
        let passed = Verdict(report) == .passed
        var html = "<p class=\"verdict \(passed ? "good" : "bad")\"><strong>"
        html += passed ? "Passed." : "Failed."
        html += "</strong> \(Text.grouped(report.operations)) operations, "
        html += "\(Text.grouped(report.acknowledged)) acknowledged, "
        html += "\(Text.grouped(report.unknown)) with unknown outcome; "
        if let converged = report.convergedNanoseconds {
            let time = Text.seconds(converged, digits: 1)
            html += "the replicas agreed \(time) after the last request.</p>"
        } else {
            html += "the replicas never agreed.</p>"
        }
        for violation in report.violations {
            let key = violation.key.map { ", key k\($0 + 1)" } ?? ""
            html += "<h3>\(violation.oracle.rawValue)\(key), at "
            html += "\(Text.seconds(violation.at, digits: 3))</h3>"
            html += "<p>\(HTML.escape(violation.text))</p><ul>"
            for line in violation.evidence where !line.isEmpty {
                html += "<li><code>\(HTML.escape(line))</code></li>"
            }
            html += "</ul>"
        }
        return html
    }

    private var legend: String {
        var html = "<figcaption><ul class=\"legend\">"
        for kind in TimelinePicture.bandKinds {
            html += "<li><svg width=\"28\" height=\"14\" aria-hidden=\"true\">"
            html += "<rect width=\"28\" height=\"14\" class=\"band \(kind)\"/></svg>\(kind)</li>"
        }
        for (shape, name) in [("get", "read"), ("put", "write"), ("delete", "delete")] {
            let mark = TimelinePicture.mark(shape, "ok", (x: 7, y: 7))
            html += "<li><svg width=\"14\" height=\"14\" viewBox=\"3 3 8 8\" "
            html += "aria-hidden=\"true\">\(mark)</svg>"
            html += "\(name)</li>"
        }
        for outcome in ["ok", "unknown", "refused"] {
            let mark = TimelinePicture.mark("put", outcome, (x: 7, y: 7))
            html += "<li><svg width=\"14\" height=\"14\" viewBox=\"3 3 8 8\" "
            html += "aria-hidden=\"true\">\(mark)</svg>"
            html += "\(outcome)</li>"
        }
        html += "<li><svg width=\"28\" height=\"14\" aria-hidden=\"true\">"
        html += "<path d=\"M0 7H28\" class=\"divergent\"/></svg>keys that differ</li>"
        html += "<li><svg width=\"28\" height=\"14\" aria-hidden=\"true\">"
        html += "<path d=\"M0 7H28\" class=\"siblings\"/></svg>most siblings of a key</li>"
        return html + "</ul></figcaption>"
    }

    private var settings: String {
        let world = report.plan.world
        return HTML.table(
            "Settings", head: ["setting", "value"],
            rows: [
                [
                    "nodes, zones, partitions",
                    "\(world.nodes), \(world.zones), \(world.partitions)",
                ],
                ["n, r, w", "\(world.n), \(world.r), \(world.w)"],
                [
                    "concurrent writes",
                    world.conflict == .siblings ? "siblings" : "last write wins",
                ],
                ["read repair", "\(world.readRepair)"],
                ["store", world.store.rawValue], ["transport", world.transport.rawValue],
                ["clients, keys", "\(world.clients), \(world.keys)"],
                ["faults end at", Text.seconds(world.safetyNanoseconds, digits: 1)],
            ])
    }

    private func bands(_ timeline: Timeline) -> String {
        HTML.table(
            "What was broken, and when", head: ["from", "until", "nodes", "kind", "what"],
            rows: timeline.bands.prefix(500).map { band in
                [
                    Text.seconds(band.from, digits: 3), Text.seconds(band.until, digits: 3),
                    band.nodes.map { "n\($0 + 1)" }.joined(separator: ", "), band.kind, band.text,
                ]
            })
    }

    private var faults: String {
        HTML.table(
            "Faults as planned", head: ["at", "fault"],
            rows: report.plan.faults.prefix(500).map { planned in
                [Text.seconds(planned.at, digits: 3), planned.fault.text]
            })
    }

    private var oracles: String {
        HTML.table(
            "Judges", head: ["oracle", "judged", "found"],
            rows: report.oracles.filter { $0.checked > 0 }.map { count in
                [
                    count.oracle.rawValue, Text.grouped(count.checked),
                    Text.grouped(count.violations),
                ]
            })
    }
}
