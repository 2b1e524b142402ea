import Testing

extension EndToEnd {
    @Suite(.serialized) struct UsageTests {
        @Test("Wrong paths and unknown options are usage errors, and nothing is written")
        func wrongCommands() throws {
            try LocalRing.run { ring in
                for path in ["noslash", "/key", "bucket/", "/", ""] {
                    for arguments in [["put", path, "v"], ["get", path], ["delete", path]] {
                        let outcome = try Dynactl.program().run(
                            arguments + ["--endpoint", ring.endpoint(0)])
                        #expect(outcome.exitCode == 64, "\(arguments): \(outcome)")
                        #expect(outcome.output.isEmpty && !outcome.errors.isEmpty)
                    }
                }
                for arguments in [
                    ["get", "a/b", "--no-such-option"], ["no-such-command"], ["put"],
                    ["get", "a/b", "--r", "many"], ["get", "a/b", "--timeout", "soon"],
                    ["get", "a/b", "--endpoint", "nowhere"], ["status", "extra"],
                ] {
                    let outcome = try Dynactl.program().run(arguments)
                    #expect(outcome.exitCode == 64, "\(arguments): \(outcome)")
                }
            }
        }

        @Test("More replicas than there are is a usage error that tells the rule")
        func impossibleQuorums() throws {
            try LocalRing.run { ring in
                #expect(try ring.run("put", "u/k", "v").exitCode == 0)
                for flags in [["--r", "9"], ["--r", "4"], ["--pr", "4"]] {
                    let get = try Dynactl.program().run(
                        ["get", "u/k", "--endpoint", ring.endpoint(0)] + flags)
                    #expect(get.exitCode == 64, "\(flags): \(get)")
                    #expect(get.errors.contains("3"), "the message names n: \(get)")
                }
                #expect(try ring.run("get", "u/k", "--r", "0").exitCode == 64)
                for flags in [["--w", "9"], ["--w", "0"], ["--pw", "4"]] {
                    let put = try Dynactl.program().run(
                        ["put", "u/k", "v2", "--endpoint", ring.endpoint(0)] + flags)
                    #expect(put.exitCode == 64, "\(flags): \(put)")
                }
                #expect(try ring.run("get", "u/k", "--r", "3").text == "v")
            }
        }

        @Test("A key that is too long is refused, and the longest one works")
        func keyLengths() throws {
            try LocalRing.run { ring in
                let longest = "u/" + String(repeating: "k", count: 4_096)
                #expect(try ring.run("put", longest, "v").exitCode == 0)
                #expect(try ring.run("get", longest, on: 1).text == "v")
                for path in [
                    "u/" + String(repeating: "k", count: 5_000),
                    String(repeating: "b", count: 256) + "/k",
                ] {
                    let put = try ring.run("put", path, "v")
                    #expect([64, 65].contains(put.exitCode), "\(put)")
                    let get = try ring.run("get", path)
                    #expect([64, 65].contains(get.exitCode), "\(get)")
                }
            }
        }

        @Test("Without a node that answers a command says so, and with one it is used")
        func endpoints() throws {
            try LocalRing.run { ring in
                let nowhere = "127.0.0.1:1"
                let refused = try Dynactl.run("get", "u/k", "--endpoint", nowhere)
                #expect(refused.exitCode == 69, "\(refused)")
                #expect(refused.errors.contains(nowhere), "\(refused)")
                let second = try Dynactl.run(
                    "put", "u/k", "v", "--endpoint", nowhere, "--endpoint", ring.endpoint(1))
                #expect(second.exitCode == 0, "\(second)")
                var program = try Dynactl.program()
                program.environment = ["DYNACTL_ENDPOINTS": "\(nowhere),\(ring.endpoint(2))"]
                #expect(try program.run(["get", "u/k"]).text == "v")
            }
        }

        @Test(
            "Every command explains itself with an example",
            arguments: [
                ["up"], ["down"], ["node"], ["put"], ["get"], ["delete"], ["status"], ["ring"],
                ["bucket", "list"], ["bucket", "show"], ["bucket", "set"],
            ])
        func help(command: [String]) throws {
            let outcome = try Dynactl.program().run(command + ["--help"])
            #expect(outcome.exitCode == 0)
            #expect(outcome.text.contains("Example"), "\(outcome)")
            #expect(outcome.text.contains("dynactl \(command.joined(separator: " "))"))
        }

        @Test("The program tells its version")
        func version() throws {
            let outcome = try Dynactl.run("--version")
            #expect(outcome.exitCode == 0 && !outcome.trimmed.isEmpty)
        }
    }
}
