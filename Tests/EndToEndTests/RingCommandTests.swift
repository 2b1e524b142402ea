import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct RingCommandTests {
        @Test("A ring starts, serves from every node, stops, and keeps its data")
        func lifeOfARing() throws {
            try LocalRing.run { ring in
                for node in 0..<3 {
                    let put = try ring.run("put", "life/k\(node)", "from \(node)", on: node)
                    #expect(put.exitCode == 0, "\(put)")
                    for reader in 0..<3 {
                        let get = try ring.run("get", "life/k\(node)", on: reader)
                        #expect(get.exitCode == 0 && get.text == "from \(node)", "\(get)")
                    }
                }
                for node in 0..<3 {
                    let path = "life/k\(node)"
                    #expect(try ring.run("delete", path, on: (node + 1) % 3).exitCode == 0)
                    #expect(try ring.run("get", path, on: node).exitCode == 1)
                }
                #expect(try ring.run("put", "life/kept", "still here").exitCode == 0)
                #expect(try ring.down().exitCode == 0)
                #expect((0..<3).allSatisfy { ring.process($0) == nil })
                #expect(try ring.run("get", "life/kept").exitCode == 69)
                try ring.restart()
                #expect(try ring.run("get", "life/kept").text == "still here")
            }
        }

        @Test("Starting a ring that runs changes nothing")
        func startingTwice() throws {
            try LocalRing.run { ring in
                let before = (0..<3).map(ring.process)
                let again = try ring.up()
                #expect(again.exitCode == 0, "\(again)")
                #expect((0..<3).map(ring.process) == before)
                #expect(!before.contains(nil))
            }
        }

        @Test("The nodes of a ring do not hold the streams of the command that started them")
        func detachedNodes() throws {
            try LocalRing.run { ring in
                #expect(try ring.down().exitCode == 0)
                var shell = Program(path: "/bin/sh")
                shell.limit = .seconds(20)
                let command = "\"$0\" up --data \"$1\" 2>&1 | cat"
                let outcome = try shell.run(
                    ["-c", command, try Dynactl.program().path, ring.directory])
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(outcome.text.contains(ring.endpoint(2)), "\(outcome)")
                #expect(ring.process(0) != nil)
            }
        }

        @Test("Every node lists all members as up, with their addresses and processes")
        func status() throws {
            try LocalRing.run(["--zones", "3"]) { ring in
                for node in 0..<3 {
                    let outcome = try ring.run("status", "--json", on: node)
                    #expect(outcome.exitCode == 0)
                    let status = try outcome.decoded(StatusDocument.self)
                    #expect(status.ringVersion >= 1 && status.partitions > 0)
                    #expect(!status.cluster.isEmpty)
                    #expect(status.nodes.map(\.name) == ["n1", "n2", "n3"])
                    #expect(Set(status.nodes.map(\.zone)).count == 3)
                    #expect(Set(status.nodes.compactMap(\.id)).count == 3)
                    for (number, member) in status.nodes.enumerated() {
                        #expect(member.status == "up")
                        #expect(member.client == ring.endpoint(number))
                        #expect(member.peer == ring.endpoint(number + 100))
                        #expect(member.http == ring.endpoint(number + 200))
                        #expect(member.pid == ring.process(number))
                        #expect(member.records == 0)
                        #expect(member.deadRecords == 0)
                    }
                }
            }
        }

        @Test("Every node names the same partition and preference list for a key")
        func preferenceList() throws {
            try LocalRing.run(nodes: 5, ["--zones", "5"]) { ring in
                let answers = try (0..<5).map { node in
                    try ring.run("ring", "--key", "users/ada", "--json", on: node)
                        .decoded(KeyDocument.self)
                }
                for answer in answers {
                    #expect(answer.partition == answers[0].partition)
                    #expect(answer.primaries == answers[0].primaries)
                    #expect(answer.n == 3 && answer.primaries.count == 3)
                    let all = answer.primaries + answer.fallbacks
                    #expect(all.sorted() == ["n1", "n2", "n3", "n4", "n5"])
                }
                let text = try ring.run("ring", "--key", "users/ada")
                #expect(text.exitCode == 0 && text.text.contains("\(answers[0].partition)"))
                let whole = try ring.run("ring")
                #expect(whole.exitCode == 0 && whole.text.contains("n5"), "\(whole)")
                try valuesAreWhereTheListSays(answers[0], ring)
            }
        }

        private func valuesAreWhereTheListSays(_ list: KeyDocument, _ ring: LocalRing) throws {
            let put = try ring.run("put", "users/ada", "Ada", "--w", "3", "--json")
                .decoded(PutDocument.self)
            #expect(put.replicas.sorted() == list.primaries.sorted())
            for node in 0..<5 {
                let local = try ring.run("get", "users/ada", "--local", on: node)
                let isPrimary = list.primaries.contains("n\(node + 1)")
                #expect(local.exitCode == (isPrimary ? 0 : 1), "n\(node + 1): \(local)")
            }
        }

        @Test("Flags that contradict the stored ring are refused")
        func contradictingFlags() throws {
            try LocalRing.run { ring in
                for flags in [
                    ["--nodes", "5"], ["--port", "\(ring.port + 1)"], ["--n", "2"],
                    ["--zones", "3"],
                ] {
                    let outcome = try ring.up(flags)
                    #expect(outcome.exitCode == 64, "\(flags): \(outcome)")
                    #expect(!outcome.errors.isEmpty)
                }
                let agreeing = try ring.up(["--nodes", "3", "--port", "\(ring.port)"])
                #expect(agreeing.exitCode == 0, "\(agreeing)")
            }
        }

        @Test("A ring does not start on ports that are in use, and says which")
        func portInUse() throws {
            try LocalRing.run { ring in
                let other = ring.directory + "/other"
                let outcome = try Dynactl.run("up", "--data", other, "--port", "\(ring.port)")
                #expect(outcome.exitCode == 69, "\(outcome)")
                #expect(outcome.errors.contains("\(ring.port)"), "\(outcome)")
            }
        }

        @Test("Wiping a ring needs a confirmation and then deletes its data")
        func wiping() throws {
            try LocalRing.run { ring in
                let put = try ring.run("put", "wipe/k", "v")
                #expect(put.exitCode == 0, "\(put)")
                #expect(try ring.down(["--wipe"]).exitCode == 64)
                #expect(try ring.run("get", "wipe/k").text == "v")
                #expect(try ring.down(["--wipe", "--yes"]).exitCode == 0)
                #expect(!FileManager.default.fileExists(atPath: ring.data(0)))
                let flags = ["--nodes", "3", "--port", "\(ring.port)"]
                #expect(try ring.up(flags).exitCode == 0)
                #expect(try ring.run("get", "wipe/k").exitCode == 1)
            }
        }
    }
}
