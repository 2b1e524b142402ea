import Primitives

// Properties as people write and read them.
extension BucketProperties {
    /// The names of all properties, in the order in which they are shown.
    package static let names = [
        "n", "r", "w", "pr", "pw", "conflict", "readRepair", "sloppy", "ttl",
    ]

    /// All properties with their values, in the order in which they are shown.
    package var fields: [(name: String, value: String)] {
        let conflictText = conflict == .siblings ? "siblings" : "lastWriteWins"
        let ttlText = ttlMilliseconds.map { "\($0)" } ?? "none"
        let values = [
            "\(n)", "\(readQuorum)", "\(writeQuorum)", "\(pr)", "\(pw)", conflictText,
            readRepair.text, isSloppy ? "true" : "false", ttlText,
        ]
        return zip(BucketProperties.names, values).map { ($0, $1) }
    }

    /// Sets one property.
    package mutating func set(
        name: String, to value: String
    ) throws(BucketPropertyError) {
        switch name {
        case "n": n = try number(name, value)
        case "r": r = try quorum(name, value)
        case "w": w = try quorum(name, value)
        case "pr": pr = try number(name, value)
        case "pw": pw = try number(name, value)
        case "conflict":
            conflict = try choice(
                name, value, [("siblings", .siblings), ("lastWriteWins", .lastWriteWins)])
        case "readRepair":
            let modes: [ReadRepairMode] = [.async, .blocking, .off]
            readRepair = try choice(name, value, modes.map { ($0.text, $0) })
        case "sloppy":
            isSloppy = try choice(name, value, [("true", true), ("false", false)])
        case "ttl": ttlMilliseconds = try ttl(value)
        default: throw .unknownName(name)
        }
    }

    /// Milliseconds, or a whole number with a unit, or `none`.
    private func ttl(_ value: String) throws(BucketPropertyError) -> UInt64? {
        guard value != "none" else { return nil }
        let digits = value.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: UInt64] = [
            "": 1, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
        ]
        let longest = BucketProperties.ttlMillisecondsMax
        guard let unit = units[value.dropFirst(digits.count)], let count = UInt64(digits),
            count > 0, count <= longest / unit
        else {
            throw .badValue(
                name: "ttl", value: value,
                allowed: "none, or milliseconds, or a time such as 90s, 1h or 7d, up to 100 years")
        }
        return count * unit
    }

    private func number(_ name: String, _ value: String) throws(BucketPropertyError) -> Int {
        guard let number = Int(value), (0...1_024).contains(number) else {
            throw .badValue(name: name, value: value, allowed: "a small whole number")
        }
        return number
    }

    private func quorum(
        _ name: String, _ value: String
    ) throws(BucketPropertyError) -> QuorumSetting {
        value == "quorum" ? .quorum : .count(try number(name, value))
    }

    private func choice<Choice>(
        _ name: String, _ value: String, _ choices: [(text: String, choice: Choice)]
    ) throws(BucketPropertyError) -> Choice {
        guard let found = choices.first(where: { $0.text == value }) else {
            let allowed = choices.map(\.text).joined(separator: " or ")
            throw .badValue(name: name, value: value, allowed: allowed)
        }
        return found.choice
    }
}

/// The encoding: fields of a tag byte, a length byte and a little-endian number; a reader skips the
/// tags it does not know. The ttl is left out where there is none.
extension BucketProperties {
    private static let quorumMark: UInt16 = .max
    private static let ttlTag: UInt8 = 32

    /// The encoding.
    package func encoded() -> [UInt8] {
        let values: [UInt16] = [
            UInt16(n), BucketProperties.mark(r), BucketProperties.mark(w), UInt16(pr),
            UInt16(pw), UInt16(conflict.rawValue), UInt16(readRepair.rawValue),
            isSloppy ? 1 : 0,
        ]
        let ttlSize = ttlMilliseconds == nil ? 0 : 10
        return [UInt8](encodingSize: values.count * 4 + ttlSize) { writer in
            for (tag, value) in values.enumerated() {
                writer.write(UInt8(tag))
                writer.write(UInt8(2))
                writer.write(value)
            }
            if let ttlMilliseconds {
                writer.write(BucketProperties.ttlTag)
                writer.write(UInt8(8))
                writer.write(ttlMilliseconds)
            }
        }
    }

    private static func mark(_ setting: QuorumSetting) -> UInt16 {
        switch setting {
        case .quorum: quorumMark
        case .count(let count): UInt16(count)
        }
    }

    /// The properties in an encoding; those that it does not name keep their defaults.
    package init(decoding bytes: Bytes) throws(MalformedBytes) {
        self.init()
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            let tag: UInt8 = try reader.read()
            let size: UInt8 = try reader.read()
            var field = ByteReader(try reader.readBytes(Int(size)))
            if tag == BucketProperties.ttlTag {
                ttlMilliseconds = try field.read(UInt64.self)
            } else if tag < BucketProperties.names.count - 1 {
                // All but the last, which is the ttl, have their places as tags.
                try set(tag: tag, to: try field.read())
            }
        }
        do throws(BucketPropertyError) {
            try validate(members: .max)
        } catch {
            throw MalformedBytes("bucket properties")
        }
        guard ttlMilliseconds.map((1...BucketProperties.ttlMillisecondsMax).contains) ?? true
        else { throw MalformedBytes("ttl") }
    }

    private mutating func set(tag: UInt8, to value: UInt16) throws(MalformedBytes) {
        let setting: QuorumSetting =
            value == BucketProperties.quorumMark ? .quorum : .count(Int(value))
        switch tag {
        case 0: n = Int(value)
        case 1: r = setting
        case 2: w = setting
        case 3: pr = Int(value)
        case 4: pw = Int(value)
        case 5:
            guard let known = ConflictResolution(rawValue: UInt8(clamping: value)) else {
                throw MalformedBytes("conflict")
            }
            conflict = known
        case 6:
            guard let known = ReadRepairMode(rawValue: UInt8(clamping: value)) else {
                throw MalformedBytes("readRepair")
            }
            readRepair = known
        default:
            guard value <= 1 else { throw MalformedBytes("sloppy") }
            isSloppy = value == 1
        }
    }
}

extension ReadRepairMode {
    /// The mode as people write it.
    var text: String {
        switch self {
        case .async: "async"
        case .off: "off"
        case .blocking: "blocking"
        }
    }
}
