import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct StalenessReportTests {
        @Test("A report of all kinds is a sound page that says what the inputs say")
        func allKinds() throws {
            let page = try report(["predictions", "simulation", "measurement"])
            #expect(page.check() == [])
            let lead = page.elements.first { $0.attributes["class"] == "lead" }?.text ?? ""
            #expect(lead.hasPrefix("With n = 3, r = 1 and w = 1, 99.9"), "\(lead)")
            #expect(lead.contains("measured on the ring demo, 95 % interval: "), "\(lead)")
            #expect(lead.contains("; predicted: 2.06 ms; simulated with"), "\(lead)")
            let sections = page.all("section").compactMap { $0.attributes["id"] }
            #expect(
                sections == [
                    "figures", "visibility", "versions", "trade-off", "latency", "causes",
                    "sessions", "delays", "method",
                ])
            #expect(page.all("article").count == 9)
            #expect(
                page.all("h1").first?.text.contains("predicted, simulated and measured") == true)
        }

        @Test("Every kind alone makes a page, and so does a prediction from a pipe")
        func eachKind() throws {
            for name in ["prediction", "predictions", "simulation", "measurement"] {
                let page = try report([name])
                #expect(page.check() == [], "\(name)")
                #expect(page.all("section").contains { $0.attributes["id"] == "visibility" })
            }
            try inDirectory { directory in
                let input = Array(try Data(contentsOf: URL(filePath: fixture("prediction"))))
                let outcome = try Dynactl.run(
                    "staleness", "report", "--out", "\(directory)/p.html", "-", input: input)
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
        }

        @Test("Without an input the page is about a prediction; a model can be chosen and added")
        func ownPrediction() throws {
            let page = try report([], ["--trials", "65536"])
            #expect(page.check() == [])
            #expect(page.all("article").count == 9)
            let lead = page.elements.first { $0.attributes["class"] == "lead" }?.text ?? ""
            #expect(lead.hasPrefix("With n = 3, r = 1 and w = 1, 99.9 % of the reads"), "\(lead)")
            #expect(lead.contains("predicted with the delays of lnkd-ssd"), "\(lead)")
            let added = try report(["measurement"], ["--model", "lnkd-disk", "--trials", "20000"])
            #expect(added.all("td").contains { $0.text == "predicted, lnkd-disk" })
            let unknown = try Dynactl.run("staleness", "report", "--out", "/x", "--model", "slow")
            #expect(unknown.exitCode == 64 && unknown.errors.contains("lnkd-ssd, lnkd-disk"))
        }

        @Test("A disagreement is named, and so is that there is none")
        func disagreement() throws {
            let main = try report(["measurement"]).all("header").first?.text ?? ""
            #expect(main.contains("Main disagreement: with n = 3, r = 1, w = 1, "), "\(main)")
            #expect(main.contains("the 95 % intervals do not meet"), "\(main)")
            let calm = try report(["simulation"]).all("header").first?.text ?? ""
            #expect(calm.contains("Observed and predicted freshness agree"), "\(calm)")
        }

        @Test("What the model leaves out is not compared with a prediction of the same delays")
        func incomparable() throws {
            let page = try report(["predictions", "simulation"])
            let table = page.elements.indices.filter { index in
                page.children(of: index, "caption").contains { $0.text.hasPrefix("Observations") }
            }
            #expect(table.count == 1)
            let body = try #require(
                page.elements.indices.first { index in
                    page.elements[index].name == "tbody"
                        && page.elements[index].parent == table.first
                })
            let rows = page.children(of: body, "tr").map(\.text)
            #expect(rows.count == 5 && rows.allSatisfy { !$0.contains("partitions") }, "\(rows)")
        }

        @Test("Names that want to be markup, and numbers at the edge, leave the page sound")
        func hostile() throws {
            let page = try report(["hostile"])
            #expect(page.check() == [])
            #expect(page.all("script").isEmpty)
            let cells = page.all("td").map(\.text)
            #expect(cells.contains { $0.hasPrefix("<script>alert(1)</script>\" onload=") })
            #expect(cells.contains { $0.contains("\u{fffd}\u{fffd}\"\u{301}") })
        }

        @Test("A broken input is refused with its name and what is wrong; nothing is written")
        func brokenInputs() throws {
            let cases = [
                ("{", "this is no JSON document"), ("[]", "the document is []: it must be"),
                (#"{"a":1}"#, "the field 'kind' is missing"),
                (#"{"kind":"weather"}"#, "kind is \"weather\": it must be 'prediction'"),
                (#"{"kind":"prediction","n":3,"r":1}"#, "the field 'w' is missing"),
                (#"{"kind":"prediction","n":3,"r":4,"w":1}"#, "r is 4: it must be"),
                (#"{"kind":"prediction","n":0,"r":0,"w":0}"#, "n is 0: it must be"),
                (
                    #"{"kind":"prediction","n":1,"r":1,"w":1,"curve":[{"t":0,"probability":1.5}]}"#,
                    "curve[0].probability is 1.5: it must be a probability"
                ),
                (
                    #"{"kind":"simulation","results":[{"n":1,"r":1,"w":1,"curve":[{"t":-1}]}]}"#,
                    "results[0].curve[0].t is -1: it must be a number of 0…1e12"
                ),
                (
                    #"{"kind":"prediction","n":1,"r":1,"w":1,"freshAtZero":NaN}"#,
                    "this is no JSON document"
                ),
                (
                    #"{"kind":"prediction","n":1,"r":1,"w":1,"readLatency":{"p50":1e300}}"#,
                    "readLatency.p50 is 1e+300: it must be a number of 0…1e12"
                ),
                (#"{"kind":"measurement"}"#, "the field 'results' is missing"),
                (#"{"kind":"measurement","results":[]}"#, "there is no result in it"),
            ]
            try inDirectory { directory in
                let (input, page) = ("\(directory)/input.json", "\(directory)/page.html")
                try Data("before".utf8).write(to: URL(filePath: page))
                for (text, message) in cases {
                    try Data(text.utf8).write(to: URL(filePath: input))
                    let outcome = try Dynactl.run("staleness", "report", "--out", page, input)
                    #expect(outcome.exitCode == 65, "\(text): \(outcome)")
                    #expect(outcome.errors.contains(input), "\(text): \(outcome)")
                    #expect(outcome.errors.contains(message), "\(text): \(outcome)")
                }
                let missing = try Dynactl.run(
                    "staleness", "report", "--out", page, "\(directory)/missing.json")
                #expect(missing.exitCode == 74 && missing.errors.contains("missing.json"))
                let nowhere = try Dynactl.run(
                    "staleness", "report", "--out", "\(directory)/no/page.html",
                    fixture("prediction"))
                #expect(nowhere.exitCode == 74 && nowhere.errors.contains("no/page.html"))
                #expect(try String(contentsOfFile: page, encoding: .utf8) == "before")
                let names = try FileManager.default.contentsOfDirectory(atPath: directory)
                #expect(names.sorted() == ["input.json", "page.html"])
            }
        }

        @Test("The table has one row per number, in the columns it promises")
        func table() throws {
            try inDirectory { directory in
                let file = "\(directory)/all.csv"
                let inputs = ["predictions", "simulation", "measurement", "hostile"].map(fixture)
                let outcome = try Dynactl.program().run(
                    ["staleness", "report", "--out", "\(directory)/p.html", "--csv", file] + inputs)
                #expect(outcome.exitCode == 0, "\(outcome)")
                let rows = CSV.rows(try String(contentsOfFile: file, encoding: .utf8))
                #expect(
                    rows.first == [
                        "kind", "source", "basis", "n", "r", "w", "variant", "series", "x", "value",
                        "low", "high",
                    ])
                #expect(rows.allSatisfy { $0.count == 12 })
                #expect(rows.dropFirst().allSatisfy { Double($0[9]) != nil || $0[9].isEmpty })
                let curve = rows.filter {
                    $0[0] == "predicted" && $0[1] == inputs[0] && $0[3...5] == ["3", "1", "1"]
                        && $0[7] == "freshReads"
                }
                #expect(curve.count == 29)
                #expect(rows.contains { $0[2].hasPrefix("ring <script>alert(1)</script>\"") })
            }
        }

        // MARK: Helpers

        private func fixture(_ name: String) -> String {
            URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/\(name).json"
        }

        private func inDirectory(_ body: (String) throws -> Void) throws {
            let path = NSTemporaryDirectory() + "dyna-report-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: path) }
            try body(path)
        }

        private func report(_ names: [String], _ options: [String] = []) throws -> Markup {
            var page: Markup?
            try inDirectory { directory in
                let file = "\(directory)/page.html"
                let outcome = try Dynactl.program().run(
                    ["staleness", "report", "--out", file] + options + names.map(fixture))
                #expect(outcome.exitCode == 0, "\(outcome)")
                page = Markup(Array(try Data(contentsOf: URL(filePath: file))))
            }
            return try #require(page)
        }
    }
}

/// Comma-separated values as RFC 4180 has them.
enum CSV {
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if isQuoted, scalar == "\"", scalars.first == "\"" {
                field.unicodeScalars.append(scalar)
                scalars.removeFirst()
            } else if scalar == "\"" {
                isQuoted.toggle()
            } else if isQuoted || (scalar != "," && scalar != "\r" && scalar != "\n") {
                field.unicodeScalars.append(scalar)
            } else if scalar != "\r" {
                row.append(field)
                field = ""
                if scalar == "\n" {
                    rows.append(row)
                    row = []
                }
            }
        }
        return rows
    }
}
