import Testing

@testable import DynaClient

@Suite("Endpoint")
struct EndpointTests {
    @Test(
        "A host and a port are read and written back",
        arguments: ["127.0.0.1:7401", "localhost:1", "[::1]:65535"])
    func roundTrip(text: String) {
        #expect(Endpoint(text)?.description == text)
    }

    @Test(
        "What is no host and port is refused",
        arguments: ["", ":1", "host", "host:", "host:0", "host:65536", "host:+1", "::1:7401"])
    func refused(text: String) {
        #expect(Endpoint(text) == nil)
    }
}
