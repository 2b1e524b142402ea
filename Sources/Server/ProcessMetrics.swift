import Foundation

/// What the system says of this process, under the names that all of Prometheus' clients use.
struct ProcessMetrics {
    static func write(to text: inout MetricsText) {
        let fields = stat
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        text.family(
            "process_cpu_seconds_total", .counter, "User and system time of the process."
        ) {
            guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12])
            else { return }
            $0.sample((user + system) / ticks)
        }
        text.family(
            "process_start_time_seconds", .gauge, "When the process started, in Unix time."
        ) {
            guard fields.count > 21, let start = Double(fields[19]), let boot = bootTime
            else { return }
            $0.sample(boot + start / ticks)
        }
        text.family("process_virtual_memory_bytes", .gauge, "Virtual memory of the process.") {
            if fields.count > 21, let bytes = UInt64(fields[20]) { $0.sample(bytes) }
        }
        text.family("process_resident_memory_bytes", .gauge, "Resident memory of the process.") {
            guard fields.count > 21, let pages = UInt64(fields[21]) else { return }
            $0.sample(pages * UInt64(sysconf(Int32(_SC_PAGESIZE))))
        }
        text.family("process_open_fds", .gauge, "Open file descriptors.") {
            let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            if let names { $0.sample(names.count) }
        }
        text.family("process_max_fds", .gauge, "The most file descriptors that may be open.") {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return
            }
            $0.sample(limit.rlim_cur)
        }
    }

    /// The fields of `/proc/self/stat` behind the name, which may contain anything.
    private static var stat: [Substring] {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return [] }
        return text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
    }

    private static var bootTime: Double? {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else {
            return nil
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst("btime ".count)) }
    }
}
