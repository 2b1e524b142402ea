/// Where a node takes clients: a host and a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an address; an IPv6 address stands here without brackets.
    public let host: String
    /// The TCP port, in 1…65535.
    public let port: Int

    /// An endpoint; the port must be in 1…65535.
    public init(host: String, port: Int) {
        precondition((1...65_535).contains(port), "a port is not in 1…65535")
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, where an IPv6 address stands in brackets; nil if the text is no such
    /// thing.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        let isPlain = digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard !host.isEmpty, isPlain, let port = Int(digits), (1...65_535).contains(port) else {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    /// `HOST:PORT`, an IPv6 address in brackets.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
