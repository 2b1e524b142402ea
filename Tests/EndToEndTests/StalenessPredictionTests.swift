import Foundation
import Testing

extension EndToEnd {
    /// `staleness predict` and `staleness advise` need no ring.
    @Suite struct StalenessPredictionTests {
        @Test("A prediction is the same, byte for byte, with one thread and with four")
        func threads() throws {
            for flags in [["--r", "2"], ["--sweep", "--coordinators", "replica", "--nodes", "5"]] {
                let documents = try ["1", "4"].map { count in
                    let outcome = try predict(
                        ["--model", "wan", "--trials", "150000", "--json", "--threads", count]
                            + flags)
                    #expect(outcome.exitCode == 0, "\(outcome)")
                    return outcome.output
                }
                #expect(!documents[0].isEmpty && documents[0] == documents[1])
            }
            let other = try predict(["--model", "wan", "--trials", "1000", "--json", "--seed", "2"])
            #expect(other.text.contains(#""trials":1000,"seed":2,"#))
        }

        @Test("The published table is shown beside ours")
        func table() throws {
            let outcome = try predict(["--table", "--trials", "20000", "--json"])
            #expect(outcome.exitCode == 0, "\(outcome)")
            let table = try outcome.decoded(Table.self)
            #expect(table.rows.count == 24)
            let worst = table.rows.map { abs($0.readLatency.difference ?? 0) }.max() ?? 1
            #expect(worst < 0.2, "\(worst)")
            let text = try predict(["--table", "--trials", "2000", "--model", "ymmr"]).text
            #expect(text.contains("1870.86") || text.contains("1871"))
        }

        private struct Table: Decodable {
            struct Cell: Decodable {
                let printed: Double
                let ours: Double
                let difference: Double?
            }
            struct Row: Decodable {
                let model: String
                let readLatency: Cell
            }
            let rows: [Row]
        }

        @Test("A model is read from a file: a fit, or what a ring measured")
        func files() throws {
            try inFile(Self.fit) { path in
                let outcome = try predict(["--model", path, "--trials", "2000", "--json"])
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(outcome.text.contains(#""model":"two discs""#))
                #expect(outcome.text.contains(#""readLatency":{"p50":3.0,"p99":3.0,"p999":3.0}"#))
            }
            try inFile(delays(count: 100)) { path in
                let outcome = try predict(["--model", path, "--n", "2", "--trials", "2000"])
                #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome)")
                #expect(try predict(["--model", path, "--n", "3"]).exitCode == 64)
                #expect(
                    try predict(["--model", path, "--n", "2", "--coordinators", "outside"])
                        .exitCode == 64)
            }
            try inFile(delays(count: 7)) { path in
                let outcome = try predict(["--model", path, "--n", "2"])
                #expect(outcome.exitCode == 65 && outcome.errors.contains("at least 100"))
            }
            for (broken, field) in [
                ("{", "JSON"), ("[]", "kind"), (#"{"kind":"fit"}"#, "name"),
                (Self.fit.replacing("0.25", with: "0.5"), "add up to"),
                (Self.fit.replacing("milliseconds", with: "minutes"), "milliseconds"),
                (delays(count: 100).replacing(#""to":"b""#, with: #""to":"c""#), "'to'"),
            ] {
                try inFile(broken) { path in
                    let outcome = try predict(["--model", path])
                    #expect(outcome.exitCode == 65, "\(outcome)")
                    #expect(outcome.errors.contains(path) && outcome.errors.contains(field))
                }
            }
        }

        @Test("What cannot be predicted is a usage error that tells what to do")
        func usage() throws {
            for (arguments, word) in [
                ([], "lnkd-ssd"), (["--model", "nosuch"], "lnkd-disk"),
                (["--model", "wan", "--w", "4"], "n=3"), (["--model", "wan", "--r", "0"], "n=3"),
                (["--model", "wan", "--n", "17"], "16"),
                (["--model", "wan", "--trials", "0"], "--trials"),
                (["--model", "wan", "--nodes", "5"], "replica"),
                (["--table", "--coordinators", "replica"], "outside"),
            ] {
                let outcome = try predict(arguments)
                #expect(outcome.exitCode == 64, "\(arguments): \(outcome)")
                #expect(outcome.errors.contains(word), "\(arguments): \(outcome)")
            }
            #expect(try predict(["--model", "/"]).exitCode == 74)
        }

        @Test("Advice names the cheapest choice, and its exit status says if there is none")
        func advice() throws {
            let met = try advise("100% fresh, p99 read <= 1ms")
            #expect(met.exitCode == 0, "\(met)")
            #expect(met.text.contains(#""advice":{"n":3,"r":2,"w":2,"readRepair":"async"}"#))
            let missed = try advise("99.9% fresh within 1us, p99.9 read <= 10us")
            #expect(missed.exitCode == 1 && missed.errors.isEmpty, "\(missed)")
            #expect(missed.text.contains(#""advice":null,"nearest":{"n":"#))
            let wrong = try advise("fresh")
            #expect(wrong.exitCode == 64 && wrong.errors.contains("P% fresh within T"))
            #expect(try advise("99% fresh", "--n", "5..3").exitCode == 64)
            #expect(try advise("99% fresh", "--n", "1").exitCode == 64)
        }

        @Test("Both commands explain themselves with an example", arguments: ["predict", "advise"])
        func help(command: String) throws {
            let outcome = try Dynactl.program().run(["staleness", command, "--help"])
            #expect(outcome.exitCode == 0)
            #expect(outcome.text.contains("dynactl staleness \(command) --model"), "\(outcome)")
        }

        private func predict(_ arguments: [String]) throws -> Outcome {
            try Dynactl.program().run(["staleness", "predict"] + arguments)
        }

        private func advise(_ target: String, _ arguments: String...) throws -> Outcome {
            try Dynactl.program().run(
                [
                    "staleness", "advise", "--model", "lnkd-ssd", "--trials", "20000", "--json",
                    "--target", target,
                ] + (arguments.isEmpty ? ["--n", "3..4"] : arguments))
        }

        private func inFile(_ text: String, _ body: (String) throws -> Void) throws {
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("dyna-model-\(UUID().uuidString).json")
            try Data(text.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            try body(file.path)
        }

        private static let fit = """
            {"kind":"fit","name":"two discs",
             "write":[{"weight":0.25,"exponential":{"rate":0.5}},
                      {"weight":0.75,"uniform":{"low":1,"high":2}}],
             "acknowledgement":[{"constant":{"milliseconds":1}}],
             "read":[{"constant":{"milliseconds":2}}],
             "response":[{"constant":{"milliseconds":1}}],
             "localRead":[{"logNormal":{"median":1,"sigma":0.5}}]}
            """

        /// What a ring of two measured, with so many samples of everything.
        private func delays(count: Int) -> String {
            let histogram = #"{"count":\#(count),"microseconds":[[400,401,\#(count)]]}"#
            let legs = ["write", "acknowledgement", "read", "response"]
                .map { #""\#($0)":\#(histogram)"# }.joined(separator: ",")
            let pairs = ["a", "b"].flatMap { from in
                ["a", "b"].map { #"{"from":"\#(from)","to":"\#($0)",\#(legs)}"# }
            }
            return #"{"kind":"delays","nodes":["a","b"],"pairs":["#
                + pairs.joined(separator: ",") + "]}"
        }
    }
}
