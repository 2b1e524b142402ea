import Testing

extension EndToEnd {
    @Suite(.serialized) struct BucketTests {
        @Test("Properties set on one node are seen by all within 2 s and survive a restart")
        func propertiesSpread() throws {
            try LocalRing.run { ring in
                let set = try ring.run("bucket", "set", "b", "r=1", "w=3", on: 1)
                #expect(set.exitCode == 0, "\(set)")
                let isEverywhere = try eventually(within: .seconds(2)) {
                    try (0..<3).allSatisfy { try isChanged(ring, on: $0) }
                }
                #expect(isEverywhere)
                #expect(try ring.down().exitCode == 0)
                try ring.restart()
                for node in 0..<3 { #expect(try isChanged(ring, on: node)) }
                let list = try ring.run("bucket", "list", "--json").decoded(BucketsDocument.self)
                #expect(list.buckets.map(\.name) == ["b"])
                let put = try ring.run("put", "b/k", "v", "--json", on: 2)
                    .decoded(PutDocument.self)
                #expect(put.required == 3 && put.acks == 3)
            }
        }

        private func isChanged(_ ring: LocalRing, on node: Int) throws -> Bool {
            let bucket = try ring.run("bucket", "show", "b", "--json", on: node)
                .decoded(BucketDocument.self)
            return bucket.n == 3 && bucket.r == 1 && bucket.w == 3 && bucket.conflict == "siblings"
        }

        @Test("In a bucket where the last write wins, blind writes leave one sibling")
        func lastWriteWins() throws {
            try LocalRing.run { ring in
                let set = try ring.run("bucket", "set", "lww", "conflict=lastWriteWins")
                #expect(set.exitCode == 0, "\(set)")
                let isEverywhere = try eventually(within: .seconds(2)) {
                    try (0..<3).allSatisfy { node in
                        try ring.run("bucket", "show", "lww", "--json", on: node)
                            .decoded(BucketDocument.self).conflict == "lastWriteWins"
                    }
                }
                #expect(isEverywhere)
                #expect(try ring.run("put", "lww/k", "first", on: 1).exitCode == 0)
                #expect(try ring.run("put", "lww/k", "second", on: 2).exitCode == 0)
                for node in 0..<3 {
                    #expect(try ring.read("lww/k", on: node).values == ["second"])
                }
            }
        }

        @Test("Properties that make no sense are refused and change nothing")
        func impossibleProperties() throws {
            try LocalRing.run { ring in
                for property in ["r=4", "w=4", "r=0", "n=9", "n=0", "conflict=maybe", "colour=red"]
                {
                    let set = try ring.run("bucket", "set", "b", property)
                    #expect(set.exitCode == 64, "\(property): \(set)")
                    #expect(!set.errors.isEmpty)
                }
                let bucket = try ring.run("bucket", "show", "b", "--json", on: 1)
                    .decoded(BucketDocument.self)
                #expect(bucket.n == 3 && bucket.r == 2 && bucket.w == 2)
            }
        }
    }
}
