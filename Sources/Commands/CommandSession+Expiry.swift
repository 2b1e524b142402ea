import Causality
import Primitives
import Quorum
import RESP
import Replica
import Ring

// The plain commands that write values which expire, and the rule of their times.
extension CommandSession {
    /// What `SET`, `SETEX` or `PSETEX` asks for a time.
    private struct Unit {
        let name: StaticString
        let milliseconds: Int64
        let isAbsolute: Bool

        static let all = [
            Unit(name: "EX", milliseconds: 1_000, isAbsolute: false),
            Unit(name: "PX", milliseconds: 1, isAbsolute: false),
            Unit(name: "EXAT", milliseconds: 1_000, isAbsolute: true),
            Unit(name: "PXAT", milliseconds: 1, isAbsolute: true),
        ]
    }

    /// `SET key value`, with at most one of the options that say when the value expires.
    func set(
        _ command: RESPCommand, _ now: Instant, _ writer: inout RESPWriter
    ) -> CommandPlan {
        guard command.count >= 3 else {
            writer.error("ERR wrong number of arguments for 'set' command")
            return .answered
        }
        do throws(Refusal) {
            let expiry = try setOptions(command, now)
            return write(command[1], command[2], expiry, &writer)
        } catch {
            writer.error(error.message)
            return .answered
        }
    }

    /// `SETEX key seconds value`, `PSETEX key milliseconds value`.
    func setExpiring(
        _ name: String, _ command: RESPCommand, _ now: Instant, _ writer: inout RESPWriter
    ) -> CommandPlan {
        do throws(Refusal) {
            let unit = Unit.all[name == "SETEX" ? 0 : 1]
            let expiry = try expiry(unit, command[2], name.lowercased(), now)
            return write(command[1], command[3], expiry, &writer)
        } catch {
            writer.error(error.message)
            return .answered
        }
    }

    private func write(
        _ name: Bytes, _ value: Bytes, _ expiry: Expiry, _ writer: inout RESPWriter
    ) -> CommandPlan {
        guard let key = key(name, &writer) else { return .answered }
        var put = overwrite(key, value)
        put.expiry = expiry
        return .ask([.put(put)], .acknowledgement)
    }

    private func setOptions(_ command: RESPCommand, _ now: Instant) throws(Refusal) -> Expiry {
        var expiry = Expiry.none
        var index = 3
        while index < command.count {
            guard let unit = Unit.all.first(where: { command.matches(index, $0.name) }) else {
                throw CommandSession.unoffered(command[index])
            }
            guard expiry == .none, index + 1 < command.count else {
                throw Refusal(message: "ERR syntax error")
            }
            expiry = try self.expiry(unit, command[index + 1], "set", now)
            index += 2
        }
        return expiry
    }

    private static func unoffered(_ option: Bytes) -> Refusal {
        let name = String(decoding: option.prefix(32), as: UTF8.self)
        let reason =
            name.uppercased() == "KEEPTTL"
            ? "what is kept would have to be read first, which a store without a leader cannot "
                + "do in one step: say EX, PX, EXAT or PXAT"
            : "conditions cannot be kept without a leader"
        return Refusal(message: "ERR SET option '\(name)' is not offered: \(reason)")
    }

    /// A time from now, or a time since 1970; neither is longer off than the limit.
    private func expiry(
        _ unit: Unit, _ text: Bytes, _ command: String, _ now: Instant
    ) throws(Refusal) -> Expiry {
        guard let number = Int64(String(decoding: text.prefix(24), as: UTF8.self)) else {
            throw Refusal(message: "ERR value is not an integer or out of range")
        }
        let invalid = "ERR invalid expire time in '\(command)' command"
        guard number > 0 else { throw Refusal(message: invalid) }
        let (milliseconds, isBeyond) = number.multipliedReportingOverflow(by: unit.milliseconds)
        let longest = BucketProperties.ttlMillisecondsMax
        let latest = unit.isAbsolute ? now.wallMilliseconds + longest : longest
        guard !isBeyond, UInt64(milliseconds) <= latest else {
            throw Refusal(message: "\(invalid): a value is kept for at most 100 years")
        }
        return unit.isAbsolute
            ? .at(milliseconds: UInt64(milliseconds)) : .after(milliseconds: UInt64(milliseconds))
    }
}

extension ClientReply {
    /// For how many milliseconds the newest value will still be there: -2 where there is none, -1
    /// where it does not expire.
    var remainingMilliseconds: Int64 {
        guard case .got(let result) = self, let newest = result.record.live.first else {
            return -2
        }
        guard let expiry = newest.value.expiry else { return -1 }
        return Int64((max(expiry, result.time).raw - result.time.raw) >> 16)
    }
}
