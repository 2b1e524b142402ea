import Primitives
import Staleness

extension SimulationDocument {
    /// The document, on one line, with its fields in the fixed order of all such documents.
    package var json: String {
        var json = JSONText()
        json.object { json in
            json.string("kind", "simulation")
            json.string("model", entries.first?.run.delays.name ?? "")
            json.number("nodes", entries.first?.run.nodes ?? 0)
            json.number("seed", entries.first?.run.seed ?? 0)
            let virtual = entries.reduce(0.0) { $0 + Double($1.virtualNanoseconds) / 1e9 }
            json.number("virtualSeconds", rounding: virtual)
            json.number("writes", entries.reduce(0) { $0 + $1.report.writes })
            json.number("reads", entries.reduce(0) { $0 + $1.report.reads })
            json.array("results") { list in
                for entry in entries { list.object { entry.write(into: &$0) } }
            }
        }
        return json.text
    }
}

extension SimulationDocument.Entry {
    fileprivate func write(into json: inout JSONText) {
        result.write(into: &json)
        json.string("readRepair", run.readRepair.word)
        json.bool("sloppy", run.hasPartitions)
        json.string("faults", run.hasPartitions ? "partitions" : "none")
        json.number("reads", report.reads)
        json.number("staleReads", report.staleReads)
        json.array("causes") { list in
            for cause in StalenessCause.allCases {
                list.object {
                    $0.string("cause", cause.rawValue)
                    $0.number("reads", report.reads(because: cause))
                }
            }
        }
        let deltas = report.deltas
        json.object("delta") {
            $0.number("p50", rounding: deltas.p50)
            $0.number("p99", rounding: deltas.p99)
            $0.number("max", rounding: deltas.max)
        }
        write(report.readYourWrites, as: "readYourWrites", into: &json)
        write(report.monotonicReads, as: "monotonicReads", into: &json)
        if let prediction {
            prediction.write("prediction", into: &json)
        } else {
            json.number("prediction", digits: "null")
        }
        if let agreement {
            json.bool("agrees", agreement.holds)
        } else {
            json.number("agrees", digits: "null")
        }
        json.string("note", note)
    }

    private func write(
        _ session: FreshnessReport.Session, as name: String, into json: inout JSONText
    ) {
        json.object(name) {
            $0.number("reads", session.reads)
            $0.number("violations", session.violations)
        }
    }
}
