import Testing

extension EndToEnd {
    @Suite(.serialized) struct SiblingTests {
        @Test("Two blind writes leave two siblings, which a write with their context resolves")
        func blindWrites() throws {
            try LocalRing.run { ring in
                let first = try ring.run("put", "s/k", "one", "--json", on: 0)
                    .decoded(PutDocument.self)
                #expect(first.context != nil && first.siblings == 1)
                let blind = try ring.run("put", "s/k", "two", "--json", on: 1)
                #expect(blind.text.contains("\"context\":null"), "\(blind)")
                #expect(try blind.decoded(PutDocument.self).siblings == 2)
                try expectBoth(ring)

                let context = try #require(try ring.read("s/k", on: 2).context)
                let put = try ring.run("put", "s/k", "both", "--context", context, "--json", on: 2)
                    .decoded(PutDocument.self)
                #expect(put.siblings == 1 && put.acks >= put.required && put.required == 2)
                #expect(put.replicas.count == put.acks && put.context != nil)
                for node in 0..<3 {
                    #expect(try ring.run("get", "s/k", on: node).text == "both")
                }
            }
        }

        private func expectBoth(_ ring: LocalRing) throws {
            let plain = try ring.run("get", "s/k", on: 2)
            #expect(plain.exitCode == 3 && plain.output.isEmpty, "\(plain)")
            #expect(plain.errors.contains("one") && plain.errors.contains("two"), "\(plain)")
            let document = try ring.run("get", "s/k", "--json", on: 2)
            #expect(document.exitCode == 0)
            let found = try document.decoded(GetDocument.self)
            #expect(found.values.sorted() == ["one", "two"])
            #expect(Set(found.siblings.map(\.dot)).count == 2)
            #expect(found.bucket == "s" && found.key == "k")
            #expect(found.required == 2 && found.answers >= 2)
            let latest = try ring.run("get", "s/k", "--latest", on: 2)
            #expect(latest.exitCode == 0 && latest.text == "two", "\(latest)")
        }

        @Test("A context that one write returned lets its client write again")
        func contextOfAWrite() throws {
            try LocalRing.run { ring in
                var context = try ring.run("put", "s/chain", "0", "--json")
                    .decoded(PutDocument.self).context
                for number in 1...5 {
                    let known = try #require(context)
                    let put = try ring.run(
                        "put", "s/chain", "\(number)", "--context", known, "--json",
                        on: number % 3
                    ).decoded(PutDocument.self)
                    #expect(put.siblings == 1)
                    context = put.context
                }
                #expect(try ring.run("get", "s/chain").text == "5")
            }
        }

        @Test("A delete covers what it has seen and leaves what it has not")
        func deletes() throws {
            try LocalRing.run { ring in
                let first = try ring.run("put", "s/d", "seen", "--json").decoded(PutDocument.self)
                let context = try #require(first.context)
                #expect(try ring.run("put", "s/d", "unseen", on: 1).exitCode == 0)
                let delete = try ring.run("delete", "s/d", "--context", context, on: 2)
                #expect(delete.exitCode == 0, "\(delete)")
                #expect(try ring.run("get", "s/d", on: 2).text == "unseen")

                #expect(try ring.run("put", "s/d", "another").exitCode == 0)
                #expect(try ring.read("s/d").siblings.count == 2)
                #expect(try ring.run("delete", "s/d", on: 1).exitCode == 0)
                for node in 0..<3 {
                    #expect(try ring.run("get", "s/d", on: node).exitCode == 1)
                }
            }
        }

        @Test("An absent key is not found, and deleting it is done at once")
        func absentKeys() throws {
            try LocalRing.run { ring in
                let plain = try ring.run("get", "s/absent")
                #expect(plain.exitCode == 1 && plain.output.isEmpty, "\(plain)")
                let document = try ring.run("get", "s/absent", "--json", on: 1)
                #expect(document.exitCode == 1)
                #expect(try document.decoded(GetDocument.self).siblings.isEmpty)
                #expect(try ring.run("get", "s/absent", "--latest").exitCode == 1)
                #expect(try ring.run("delete", "s/absent", on: 2).exitCode == 0)
                #expect(try ring.run("get", "s/absent").exitCode == 1)
            }
        }

        @Test("An altered context and the context of another key are refused")
        func badContexts() throws {
            try LocalRing.run { ring in
                let put = try ring.run("put", "s/mine", "v", "--json").decoded(PutDocument.self)
                let context = Array(try #require(put.context))
                for position in [0, context.count / 3, context.count / 2, context.count - 2] {
                    var altered = context
                    altered[position] = altered[position] == "A" ? "B" : "A"
                    try expectRefused("s/mine", String(altered), ring)
                }
                try expectRefused("s/mine", String(context.dropLast(4)), ring)
                try expectRefused("s/mine", "no context", ring)
                try expectRefused("s/other", String(context), ring)
                try expectRefused("other/mine", String(context), ring)
                #expect(try ring.read("s/mine").values == ["v"])
                #expect(try ring.run("get", "s/other").exitCode == 1)
            }
        }

        private func expectRefused(_ path: String, _ context: String, _ ring: LocalRing) throws {
            let put = try ring.run("put", path, "bad", "--context=\(context)")
            #expect(put.exitCode == 65, "put \(path) with \(context): \(put)")
            let delete = try ring.run("delete", path, "--context=\(context)")
            #expect(delete.exitCode == 65, "delete \(path) with \(context): \(delete)")
        }

        @Test("A write that is repeated with its operation id is one write, through any node")
        func operationIdentifiers() throws {
            try LocalRing.run { ring in
                for node in [0, 0, 1, 2, 1] {
                    let put = try ring.run(
                        "put", "s/once", "v", "--operation-id", "op-1", on: node)
                    #expect(put.exitCode == 0, "\(put)")
                }
                for node in 0..<3 {
                    #expect(try ring.read("s/once", on: node).values == ["v"])
                }
                let other = try ring.run("put", "s/once", "v", "--operation-id", "op-2", on: 1)
                #expect(other.exitCode == 0)
                #expect(try ring.read("s/once", on: 2).values == ["v", "v"])
            }
        }
    }
}
