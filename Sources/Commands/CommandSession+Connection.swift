import Primitives
import RESP

// What the connection answers by itself, without the node.
extension CommandSession {
    mutating func answerConnection(
        _ name: String, _ command: RESPCommand, _ now: Instant, _ writer: inout RESPWriter
    ) -> CommandPlan {
        switch name {
        case "PING": ping(command, &writer)
        case "ECHO": writer.bulk(command[1])
        case "HELLO": hello(command, &writer)
        case "COMMAND": describeCommands(command, &writer)
        case "INFO": writer.bulk(info(now))
        case "CONFIG": configuration(command, &writer)
        case "CLIENT": client(command, &writer)
        case "SELECT": select(command, &writer)
        case "TIME": time(now, &writer)
        case "RESET":
            writer.version = .two
            clientName = Bytes()
            writer.simple("RESET")
        default:
            writer.simple("OK")
            return .answeredAndClose
        }
        return .answered
    }

    private func ping(_ command: RESPCommand, _ writer: inout RESPWriter) {
        switch command.count {
        case 1: writer.simple("PONG")
        case 2: writer.bulk(command[1])
        default: writer.error("ERR wrong number of arguments for 'ping' command")
        }
    }

    private mutating func hello(_ command: RESPCommand, _ writer: inout RESPWriter) {
        if command.count > 1 {
            guard let version = Int(String(decoding: command[1].prefix(4), as: UTF8.self)),
                let protocolVersion = RESPVersion(rawValue: version)
            else {
                writer.error("NOPROTO unsupported protocol version: 2 and 3 are spoken here")
                return
            }
            guard setUp(command, &writer) else { return }
            writer.version = protocolVersion
        }
        writer.mapHeader(7)
        for (name, text) in [("server", "dyna"), ("version", environment.version)] {
            writer.bulk(name)
            writer.bulk(text)
        }
        writer.bulk("proto")
        writer.integer(writer.version.rawValue)
        writer.bulk("id")
        writer.integer(Int64(clamping: id))
        for (name, text) in [("mode", "standalone"), ("role", "master")] {
            writer.bulk(name)
            writer.bulk(text)
        }
        writer.bulk("modules")
        writer.arrayHeader(0)
    }

    /// The options of `HELLO`; false, with an error written, where one is not offered.
    private mutating func setUp(_ command: RESPCommand, _ writer: inout RESPWriter) -> Bool {
        guard command.count > 2 else { return true }
        guard command.matches(2, "SETNAME"), command.count == 4 else {
            writer.error("ERR HELLO takes a protocol version and SETNAME; there are no passwords")
            return false
        }
        clientName = command[3]
        return true
    }

    private func describeCommands(_ command: RESPCommand, _ writer: inout RESPWriter) {
        if command.count == 1 {
            writer.arrayHeader(CommandTable.entries.count)
            for entry in CommandTable.entries {
                describe(entry, &writer)
            }
        } else if command.matches(1, "COUNT") {
            writer.integer(CommandTable.entries.count)
        } else if command.matches(1, "DOCS") {
            writer.mapHeader(0)
        } else if command.matches(1, "INFO") {
            writer.arrayHeader(command.count - 2)
            for index in 2..<max(2, command.count) {
                let name = String(decoding: command[index].prefix(64), as: UTF8.self)
                if let entry = CommandTable.entry(name.uppercased()) {
                    describe(entry, &writer)
                } else {
                    writer.null()
                }
            }
        } else {
            writer.error("ERR COMMAND knows COUNT, DOCS and INFO")
        }
    }

    private func describe(_ entry: CommandTable.Entry, _ writer: inout RESPWriter) {
        writer.arrayHeader(6)
        writer.bulk(entry.name.lowercased())
        writer.integer(entry.arity)
        writer.arrayHeader(0)
        writer.integer(entry.keys.first)
        writer.integer(entry.keys.last)
        writer.integer(entry.keys.step)
    }

    private func info(_ now: Instant) -> String {
        [
            "# Server",
            "redis_version:7.0.0",
            "server_name:dyna",
            "dyna_version:\(environment.version)",
            "redis_mode:standalone",
            "process_id:\(environment.process)",
            "tcp_port:\(environment.port)",
            "server_time_usec:\(now.wallMicroseconds)",
            "uptime_in_seconds:\(now.nanoseconds / 1_000_000_000)",
            "",
            "# Replication",
            "role:master",
            "",
            "# dyna",
            "node:\(environment.nodeName)",
            "members:\(environment.memberNames.count)",
            "",
        ].joined(separator: "\r\n")
    }

    private func configuration(_ command: RESPCommand, _ writer: inout RESPWriter) {
        guard command.matches(1, "GET"), command.count >= 3 else {
            writer.error("ERR only CONFIG GET is offered: a node is configured when it starts")
            return
        }
        let known = [
            ("appendfsync", "always"), ("appendonly", "yes"), ("databases", "1"),
            ("maxmemory", "0"), ("port", "\(environment.port)"), ("save", ""),
        ]
        let patterns = (2..<command.count).map {
            String(decoding: command[$0].prefix(64), as: UTF8.self).lowercased()
        }
        let found = known.filter { patterns.contains($0.0) || patterns.contains("*") }
        writer.mapHeader(found.count)
        for (name, value) in found {
            writer.bulk(name)
            writer.bulk(value)
        }
    }

    private mutating func client(_ command: RESPCommand, _ writer: inout RESPWriter) {
        if command.matches(1, "SETNAME"), command.count == 3 {
            clientName = command[2]
            writer.simple("OK")
        } else if command.matches(1, "GETNAME") {
            writer.bulk(clientName)
        } else if command.matches(1, "ID") {
            writer.integer(Int64(clamping: id))
        } else if command.matches(1, "SETINFO") {
            writer.simple("OK")
        } else if command.matches(1, "INFO") {
            let name = String(decoding: clientName, as: UTF8.self)
            writer.bulk("id=\(id) name=\(name) db=0 resp=\(writer.version.rawValue)\n")
        } else {
            writer.error("ERR CLIENT knows SETNAME, GETNAME, ID, SETINFO and INFO")
        }
    }

    private func select(_ command: RESPCommand, _ writer: inout RESPWriter) {
        if command[1].elementsEqual("0".utf8) {
            writer.simple("OK")
        } else {
            writer.error("ERR DB index is out of range: there is only database 0")
        }
    }

    private func time(_ now: Instant, _ writer: inout RESPWriter) {
        writer.arrayHeader(2)
        writer.bulk(String(now.wallMicroseconds / 1_000_000))
        writer.bulk(String(now.wallMicroseconds % 1_000_000))
    }
}
