import ArgumentParser
import Scenarios
import Simulator

/// A seed as people write it: decimal, or hexadecimal after `0x`.
struct Seed: ExpressibleByArgument {
    let raw: UInt64

    init?(argument: String) {
        let isHexadecimal = argument.lowercased().hasPrefix("0x")
        let digits = isHexadecimal ? String(argument.dropFirst(2)) : argument
        guard let raw = UInt64(digits, radix: isHexadecimal ? 16 : 10) else { return nil }
        self.raw = raw
    }

    init(_ raw: UInt64) {
        self.raw = raw
    }

    /// How seeds are shown.
    static func text(_ raw: UInt64) -> String { "0x" + String(raw, radix: 16) }

    /// How traces are shown.
    static func trace(_ hash: UInt64) -> String { String(hash, radix: 16) }
}

extension Profile: ExpressibleByArgument {}
extension StoreKind: ExpressibleByArgument {}
extension LogLevel: ExpressibleByArgument {}

/// Where plans come from.
enum Plans {
    /// The plan in a file; ends the command with 74 or 65 where there is none.
    static func read(_ path: String) throws -> Plan {
        let text = try Files.read(path)
        do {
            return try Plan(parsing: text)
        } catch {
            Output.notice("simulate: \(path): \(error)")
            throw ExitCode(65)
        }
    }

    /// A scenario by its name, or in a file.
    static func scenario(_ name: String) throws -> Plan {
        if name.hasSuffix(".plan") { return try read(name) }
        guard let plan = Scenarios.plan(named: name) else {
            throw ValidationError(
                "there is no scenario '\(name)': see 'simulate list', or name a .plan file")
        }
        return plan
    }
}
