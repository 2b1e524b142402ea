import DynaClient
import Glibc

/// Questions to a local node: does it listen, does it answer, does it serve.
enum Probe {
    /// Waits until a node answers a `PING`, at most until `deadline`.
    static func answers(
        _ endpoint: Endpoint, until deadline: ContinuousClock.Instant
    ) async -> Bool {
        repeat {
            let client = DynaClient(endpoints: [endpoint])
            if (try? await client.connect()) != nil {
                await client.close()
                return true
            }
            try? await Task.sleep(for: .milliseconds(20))
        } while ContinuousClock.now < deadline && !Task.isCancelled
        return false
    }

    /// Whether `GET /readyz` is answered with 200 within 200 ms.
    static func isReady(_ http: Endpoint) -> Bool {
        guard let descriptor = LoopbackSocket.open() else { return false }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 0, tv_usec: 200_000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard LoopbackSocket.call(connect, descriptor, http.port) == 0 else { return false }
        let request = "GET /readyz HTTP/1.1\r\nHost: \(http)\r\nConnection: close\r\n\r\n"
        guard FileDescriptors.writeAll(Array(request.utf8), to: descriptor) == 0 else {
            return false
        }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &answer, answer.count)
        guard count > 0 else { return false }
        return String(decoding: answer[..<count], as: UTF8.self).hasPrefix("HTTP/1.1 200")
    }

    /// Whether nobody listens on a local port; the answer is good for this moment only.
    static func isFree(port: Int) -> Bool {
        guard let descriptor = LoopbackSocket.open() else { return true }
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        guard LoopbackSocket.call(bind, descriptor, port) == 0 else { return errno != EADDRINUSE }
        return listen(descriptor, 1) == 0 || errno != EADDRINUSE
    }
}

/// A TCP socket of the loopback interface.
private enum LoopbackSocket {
    static func open() -> Int32? {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Calls `connect` or `bind` with the loopback address and a port.
    static func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32,
        _ descriptor: Int32, _ port: Int
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                function(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
