import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct MetricsTests {
        @Test("/metrics tells what a node did, in the text format of Prometheus")
        func served() throws {
            try LocalRing.run { ring in
                let node = try RedisConnection(port: ring.port)
                for index in 0..<10 {
                    _ = try node.call("SET", "m\(index)", "v")
                    _ = try node.call("GET", "m\(index)")
                }
                _ = try node.call("DYNA.GET", "default", "m0", "R", "4")
                let all = try Self.scrape(ring)
                func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
                    all.samples.first { $0.name == name && $0.labels == labels }?.value
                }
                #expect(value("dyna_requests_total", ["kind": "put", "outcome": "done"]) == 10)
                #expect(value("dyna_requests_total", ["kind": "get", "outcome": "done"]) == 10)
                #expect(
                    value("dyna_requests_total", ["kind": "get", "outcome": "bad_request"]) == 1)
                #expect(value("dyna_request_duration_seconds_count", ["kind": "put"]) == 10)
                #expect(value("dyna_records", ["state": "live"]) == 10)
                #expect(value("dyna_members", ["state": "up"]) == 3)
                let delay = "dyna_one_way_delay_seconds_count"
                #expect(value(delay, ["peer": "n2", "kind": "write"]) ?? 0 > 0)
                #expect(value(delay, ["peer": "n1", "kind": "read"]) ?? 0 > 0)
                #expect(value("dyna_store_commit_duration_seconds_count") ?? 0 >= 10)
                #expect(value("dyna_build_info", ["version": "0.1.0"]) == 1)
                #expect(value("process_resident_memory_bytes") ?? 0 > 1_000_000)
                #expect(value("process_open_fds") ?? 0 > 3)
                let start = try #require(value("process_start_time_seconds"))
                #expect(abs(start - Date().timeIntervalSince1970) < 600)
                #expect(Health.code(port: ring.port + 200, "/metric") == 404)
            }
        }

        @Test("every metric is documented, and every documented metric is there")
        func documented() throws {
            try LocalRing.run(nodes: 1) { ring in
                let path = URL(fileURLWithPath: #filePath)
                    .deletingLastPathComponent().deletingLastPathComponent()
                    .deletingLastPathComponent().appendingPathComponent("docs/operations.md")
                let text = try String(contentsOf: path, encoding: .utf8)
                let documented = text.matches(of: #/\| `((?:dyna|process)_[a-z_]+)`/#).map {
                    String($0.output.1)
                }
                #expect(documented.count == Set(documented).count)
                let served = try Self.scrape(ring).families.map(\.name)
                #expect(Set(served) == Set(documented))
            }
        }

        static func scrape(_ ring: LocalRing) throws -> Exposition {
            let socket = try Socket(port: ring.port + 200, limit: .seconds(5))
            let request = "GET /metrics HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n"
            try socket.write(Array(request.utf8))
            let answer = String(decoding: try socket.readToEnd(), as: UTF8.self)
            let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
            guard parts.count == 2, parts[0].hasPrefix("HTTP/1.1 200") else {
                throw SetupFailure(answer)
            }
            let type = "content-type: text/plain; version=0.0.4; charset=utf-8"
            #expect(parts[0].contains(type))
            return try Exposition(String(parts[1]))
        }
    }
}
