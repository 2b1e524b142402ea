import Glibc

/// A TCP connection to this machine that waits for what it is asked.
final class Socket {
    private let descriptor: Int32

    /// Connects to a port; every call gives up after `limit`.
    init(port: Int, limit: Duration = .seconds(10)) throws {
        descriptor = Socket.open()
        var time = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
        guard Socket.withAddress(port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw SetupFailure("port \(port) takes no connection: error \(errno)")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Sends all bytes.
    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { part in
                send(descriptor, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw SetupFailure("sending failed: error \(errno)") }
            sent += count
        }
    }

    /// Some bytes; none when the other side has closed.
    func read() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count < 0 && errno == ECONNRESET { return [] }
        guard count >= 0 else { throw SetupFailure("receiving failed: error \(errno)") }
        return Array(bytes.prefix(count))
    }

    /// All that comes until the other side closes.
    func readToEnd() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = try read()
            guard !bytes.isEmpty else { return all }
            all += bytes
        }
    }

    /// Whether nobody listens on a port.
    static func isFree(_ port: Int) -> Bool {
        let descriptor = open()
        defer { close(descriptor) }
        var reuse: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, size)
        return withAddress(port) { bind(descriptor, $0, $1) } == 0 && listen(descriptor, 1) == 0
    }

    private static func open() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                body(generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// A health check.
enum Health {
    /// The status code of a path; nil if nothing answers within 2 s.
    static func code(port: Int, _ path: String) -> Int? {
        guard let socket = try? Socket(port: port, limit: .seconds(2)) else { return nil }
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        guard (try? socket.write(Array(request.utf8))) != nil, let bytes = try? socket.readToEnd()
        else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 2)
        return words.count > 1 && words[0].hasPrefix("HTTP/1.1") ? Int(words[1]) : nil
    }
}
