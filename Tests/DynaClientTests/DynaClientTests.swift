import Primitives
import RESP
import Testing

@testable import DynaClient

@Suite("DynaClient")
struct DynaClientTests {
    private static let outcome = RESPValue.array([
        .bulk(Bytes(text: "context")), .integer(2), .integer(2),
        .array([.bulk(Bytes(text: "n1")), .bulk(Bytes(text: "n2"))]), .integer(1),
    ])

    @Test("A put whose connection breaks is repeated elsewhere under the same operation id")
    func putIsRepeated() async throws {
        let breaking = FakeNode { _ in .close }
        let working = FakeNode { _ in .reply(DynaClientTests.outcome) }
        let client = DynaClient(endpoints: [
            Endpoint(host: "127.0.0.1", port: try await breaking.start()),
            Endpoint(host: "127.0.0.1", port: try await working.start()),
        ])
        let result = try await client.put(bucket: "b", key: "k", value: [0x76])
        #expect(result.replicas == ["n1", "n2"])
        #expect(breaking.commands.count == 1)
        #expect(breaking.commands == working.commands)
        #expect(working.commands.first?.suffix(2).first == "OPID")
        await client.close()
        try await breaking.stop()
        try await working.stop()
    }

    @Test("An endpoint where nobody listens is passed over")
    func deadEndpointIsPassedOver() async throws {
        let gone = FakeNode { _ in .close }
        let dead = Endpoint(host: "127.0.0.1", port: try await gone.start())
        try await gone.stop()
        let working = FakeNode { _ in .reply(.null) }
        let alive = Endpoint(host: "127.0.0.1", port: try await working.start())
        let client = DynaClient(endpoints: [dead, alive])
        #expect(try await client.connect() == alive)
        await client.close()
        try await working.stop()
    }

    @Test("Requests that run side by side share a connection and get their own replies")
    func requestsArePipelined() async throws {
        let node = FakeNode { command in
            let sibling = RESPValue.array([
                .bulk(Bytes(text: command[2])), .integer(1), .simple("dot"),
            ])
            return .reply(.array([.null, .array([sibling]), .integer(1), .integer(1)]))
        }
        let port = try await node.start()
        let client = DynaClient(endpoints: [Endpoint(host: "127.0.0.1", port: port)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let result = try await client.get(bucket: "b", key: "k\(number)")
                    #expect(result.newest?.value == Array("k\(number)".utf8))
                }
            }
            try await group.waitForAll()
        }
        #expect(node.commands.count == 200)
        await client.close()
        try await node.stop()
    }

    @Test("A write that was lost and then refused elsewhere has an unknown outcome")
    func lostWriteIsNotCalledUnavailable() async throws {
        let breaking = FakeNode { _ in .close }
        let refusing = FakeNode { _ in .reply(.error("UNAVAILABLE 1 of 2")) }
        let client = DynaClient(endpoints: [
            Endpoint(host: "127.0.0.1", port: try await breaking.start()),
            Endpoint(host: "127.0.0.1", port: try await refusing.start()),
        ])
        let error = await #expect(throws: DynaError.self) {
            try await client.put(bucket: "b", key: "k", value: [])
        }
        #expect(error?.leavesOutcomeUnknown == true)
        #expect(error?.exitCode == 75)
        await client.close()
        try await breaking.stop()
        try await refusing.stop()
    }

    @Test("An error reply is thrown and leaves the connection usable")
    func errorReplyIsThrown() async throws {
        let node = FakeNode { command in
            command[2] == "bad" ? .reply(.error("UNAVAILABLE 1 of 2")) : .reply(.null)
        }
        let port = try await node.start()
        let client = DynaClient(endpoints: [Endpoint(host: "127.0.0.1", port: port)])
        await #expect(throws: DynaError.unavailable("1 of 2")) {
            try await client.get(bucket: "b", key: "bad")
        }
        #expect(try await client.get(bucket: "b", key: "good").siblings.isEmpty)
        await client.close()
        try await node.stop()
    }
}
