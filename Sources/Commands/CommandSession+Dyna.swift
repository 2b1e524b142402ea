import Causality
import Primitives
import Quorum
import RESP
import Replica
import Ring

// The `DYNA.` commands: contexts, siblings and quorum sizes.
extension CommandSession {
    /// What the options of a `DYNA.` command say.
    private struct Options {
        var quorum = QuorumOptions()
        var context = VersionVector()
        var operation = Bytes()
        var expiry = Expiry.none
        var isFull = false
    }

    /// Why a command's arguments are refused: the whole error, with its first word.
    struct Refusal: Error {
        let message: String
    }

    func planDyna(
        _ name: String, _ command: RESPCommand, _ writer: inout RESPWriter
    ) -> CommandPlan {
        do {
            switch name {
            case "DYNA.GET": return try planGet(command)
            case "DYNA.PUT": return try planPut(command, content: .value(command[3]), from: 4)
            case "DYNA.DEL": return try planPut(command, content: .tombstone, from: 3)
            case "DYNA.LOCAL": return try planLocal(command)
            case "DYNA.RING": return try planRing(command)
            case "DYNA.BUCKET": return try planBucket(command)
            case "DYNA.REPAIR": return try planRepair(command)
            case "DYNA.SCRUB": return try planScrub(command)
            case "DYNA.DELAYS": return .ask([.delays], .document)
            case "DYNA.DELAY": return try planInjection(command)
            default: return .ask([.status], .document)
            }
        } catch let refusal as Refusal {
            writer.error(refusal.message)
        } catch {
            writer.error("ERR \(error)")
        }
        return .answered
    }

    private func planGet(_ command: RESPCommand) throws -> CommandPlan {
        let key = try key(command)
        let options = try options(
            command, from: 3, names: ["R", "PR", "SLOPPY", "TIMEOUT", "FULL"], key)
        let request = GetRequest(key: key, options: options.quorum)
        return .ask([.get(request)], .siblings(key, isFull: options.isFull))
    }

    private func planLocal(_ command: RESPCommand) throws -> CommandPlan {
        let key = try key(command)
        let options = try options(command, from: 3, names: ["FULL"], key)
        return .ask([.local(key)], .siblings(key, isFull: options.isFull))
    }

    private func planPut(
        _ command: RESPCommand, content: Version.Content, from first: Int
    ) throws -> CommandPlan {
        let key = try key(command)
        let names =
            ["CONTEXT", "W", "PW", "SLOPPY", "TIMEOUT", "OPID"]
            + (content == .tombstone ? [] : ["TTL"])
        let options = try options(command, from: first, names: names, key)
        var request = PutRequest(
            key: key, content: content, basis: .seen(options.context),
            operation: options.operation, options: options.quorum)
        request.expiry = options.expiry
        return .ask([.put(request)], .outcome(key))
    }

    private func planRing(_ command: RESPCommand) throws -> CommandPlan {
        switch command.count {
        case 1: return .ask([.ring(nil)], .document)
        case 3: return .ask([.ring(try key(command))], .document)
        default: throw Refusal(message: "ERR usage: DYNA.RING [bucket key]")
        }
    }

    private func planScrub(_ command: RESPCommand) throws -> CommandPlan {
        switch command.count {
        case 1: return .ask([.scrub(.start)], .document)
        case 2 where command.matches(1, "PROGRESS"): return .ask([.scrub(.progress)], .document)
        default: throw Refusal(message: "ERR usage: DYNA.SCRUB [PROGRESS]")
        }
    }

    private func planRepair(_ command: RESPCommand) throws -> CommandPlan {
        switch command.count {
        case 1: return .ask([.repair(.start)], .document)
        case 2 where command.matches(1, "PROGRESS"):
            return .ask([.repair(.progress)], .document)
        case 3: return .ask([.repair(.key(try key(command)))], .document)
        default: throw Refusal(message: "ERR usage: DYNA.REPAIR [PROGRESS | bucket key]")
        }
    }

    private func planBucket(_ command: RESPCommand) throws -> CommandPlan {
        let usage = Refusal(
            message: "ERR usage: DYNA.BUCKET LIST | SHOW bucket | SET bucket name value …")
        if command.matches(1, "LIST"), command.count == 2 {
            return .ask([.bucket(.list)], .document)
        }
        guard command.count >= 3 else { throw usage }
        let name = command[2]
        guard (1...Key.bucketBytesMax).contains(name.count) else {
            throw Refusal(message: "ERR a bucket has 1 to \(Key.bucketBytesMax) bytes")
        }
        if command.matches(1, "SHOW"), command.count == 3 {
            return .ask([.bucket(.show(name))], .document)
        }
        guard command.matches(1, "SET"), command.count >= 5, command.count % 2 == 1 else {
            throw usage
        }
        let changes = stride(from: 3, to: command.count, by: 2).map {
            (
                name: String(decoding: command[$0], as: UTF8.self),
                value: String(decoding: command[$0 + 1], as: UTF8.self)
            )
        }
        return .ask([.bucket(.set(name, changes))], .document)
    }

    private func key(_ command: RESPCommand) throws(Refusal) -> Key {
        guard let key = Key(bucket: command[1], key: command[2]) else {
            throw Refusal(
                message: "ERR a bucket has 1 to \(Key.bucketBytesMax) bytes and a key 1 to "
                    + "\(Key.keyBytesMax), not \(command[1].count) and \(command[2].count)")
        }
        return key
    }

    // MARK: Options

    private func options(
        _ command: RESPCommand, from first: Int, names: [String], _ key: Key
    ) throws(Refusal) -> Options {
        var options = Options()
        var index = first
        while index < command.count {
            let name = String(decoding: command[index].prefix(16), as: UTF8.self).uppercased()
            guard names.contains(name) else {
                throw Refusal(
                    message:
                        "ERR unknown option '\(name)'; known are \(names.joined(separator: ", "))")
            }
            if name == "FULL" {
                options.isFull = true
                index += 1
                continue
            }
            guard index + 1 < command.count else {
                throw Refusal(message: "ERR option \(name) lacks its value")
            }
            try set(name, to: command[index + 1], in: &options, key)
            index += 2
        }
        return options
    }

    private func set(
        _ name: String, to value: Bytes, in options: inout Options, _ key: Key
    ) throws(Refusal) {
        switch name {
        case "R", "W": options.quorum.quorum = try number(name, value, 1...1024)
        case "PR", "PW": options.quorum.primaries = try number(name, value, 0...1024)
        case "SLOPPY": options.quorum.isSloppy = try choice(name, value)
        case "TIMEOUT":
            let milliseconds = try number(name, value, 1...3_600_000)
            options.quorum.timeoutMilliseconds = UInt32(milliseconds)
        case "TTL":
            let longest = Int(BucketProperties.ttlMillisecondsMax)
            let milliseconds = try number(name, value, 1...longest)
            options.expiry = .after(milliseconds: UInt64(milliseconds))
        case "OPID":
            guard (1...Version.operationBytesMax).contains(value.count) else {
                throw Refusal(
                    message: "ERR an operation id has 1 to \(Version.operationBytesMax) bytes")
            }
            options.operation = value
        default:
            guard let context = ContextToken.decode(value, for: key) else {
                throw Refusal(
                    message: "BADCONTEXT the context was altered or belongs to another key: get "
                        + "this key and use the context of that reply")
            }
            options.context = context
        }
    }

    private func choice(_ name: String, _ value: Bytes) throws(Refusal) -> Bool {
        switch String(decoding: value.prefix(4), as: UTF8.self).lowercased() {
        case "yes": return true
        case "no": return false
        default: throw Refusal(message: "ERR \(name) must be yes or no")
        }
    }

    private func number(
        _ name: String, _ value: Bytes, _ range: ClosedRange<Int>
    ) throws(Refusal) -> Int {
        guard let number = Int(String(decoding: value.prefix(16), as: UTF8.self)),
            value.count <= 16, range.contains(number)
        else {
            throw Refusal(
                message: "ERR \(name) must be a number from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return number
    }
}
