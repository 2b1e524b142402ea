import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScrubCommandTests {
        @Test("A scrub verifies what every node keeps, and says so")
        func scrub() throws {
            try LocalRing.run { ring in
                for index in 0..<5 {
                    #expect(try ring.run("put", "scrub/k\(index)", "v").exitCode == 0)
                }
                let all = try ring.run("scrub", "--json")
                #expect(all.exitCode == 0, "\(all)")
                for name in ["n1", "n2", "n3"] { #expect(all.text.contains("\"\(name)\"")) }
                #expect(all.text.contains("\"unreadable\":0"))
                let one = try ring.run("scrub", "--node", "n2", "--json")
                #expect(one.exitCode == 0, "\(one)")
                #expect(one.text.contains("\"n2\"") && !one.text.contains("\"n1\""))
                #expect(try ring.run("scrub", "--node", "n9").exitCode == 64)
            }
        }
    }
}
