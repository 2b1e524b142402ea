import Primitives

/// A piece of a reply: what it is and where its bytes are.
struct RESPToken: Sendable {
    /// What a token is; the raw value is its type byte.
    enum Kind: UInt8, Sendable {
        case simple = 0x2b
        case error = 0x2d
        case integer = 0x3a
        case bulk = 0x24
        case null = 0x5f
        case array = 0x2a
        case map = 0x25
        case set = 0x7e
        case push = 0x3e
        case double = 0x2c
        case boolean = 0x23
        case bigNumber = 0x28
        case verbatim = 0x3d
        case blobError = 0x21

        /// Whether values follow that belong to it.
        var isAggregate: Bool {
            switch self {
            case .array, .map, .set, .push: true
            default: false
            }
        }

        /// Whether it is one line of text, which ends at CR LF.
        var isLine: Bool {
            switch self {
            case .simple, .error, .integer, .null, .double, .boolean, .bigNumber: true
            default: false
            }
        }
    }

    let kind: Kind
    /// Where the text or the bytes start, from the start of the reply.
    let start: UInt32
    /// How many bytes, or for an aggregate how many elements or entries.
    let count: UInt32

    init(_ kind: Kind, start: Int, count: Int) {
        self.kind = kind
        self.start = UInt32(start)
        self.count = UInt32(count)
    }

    /// How many values follow that belong to this one.
    var elements: Int {
        kind.isAggregate ? Int(count) * (kind == .map ? 2 : 1) : 0
    }
}

/// Builds a value of the tokens of a complete reply.
///
/// It recurses as deeply as the reply nests, which the parser has bounded. All runs of bytes share
/// one copy of the reply, which is made when the first of them is met.
struct RESPReplyBuilder {
    private let frame: UnsafeRawBufferPointer
    private let tokens: [RESPToken]
    private var next = 0
    private var copy: [UInt8]?

    private init(frame: UnsafeRawBufferPointer, tokens: [RESPToken]) {
        self.frame = frame
        self.tokens = tokens
    }

    /// The value of a complete reply; throws where a text is none of its type.
    static func value(
        of tokens: [RESPToken], in frame: UnsafeRawBufferPointer
    ) throws(RESPError) -> RESPValue {
        var builder = RESPReplyBuilder(frame: frame, tokens: tokens)
        return try builder.build()
    }

    /// The value that starts at the next token.
    private mutating func build() throws(RESPError) -> RESPValue {
        let token = tokens[next]
        next += 1
        switch token.kind {
        case .bulk: return .bulk(bytes(of: token))
        case .blobError: return .blobError(bytes(of: token))
        case .verbatim: return .verbatim(try verbatim(token))
        case .array: return .array(try elements(token.elements))
        case .set: return .set(try elements(token.elements))
        case .push: return .push(try elements(token.elements))
        case .map: return .map(try entries(Int(token.count)))
        case .simple, .error, .integer, .null, .double, .boolean, .bigNumber:
            return try line(token)
        }
    }

    private mutating func elements(_ count: Int) throws(RESPError) -> [RESPValue] {
        var values: [RESPValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            values.append(try build())
        }
        return values
    }

    private mutating func entries(_ count: Int) throws(RESPError) -> [RESPEntry] {
        var entries: [RESPEntry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let key = try build()
            entries.append(RESPEntry(key: key, value: try build()))
        }
        return entries
    }

    private func line(_ token: RESPToken) throws(RESPError) -> RESPValue {
        let start = Int(token.start)
        let raw = UnsafeRawBufferPointer(rebasing: frame[start..<start + Int(token.count)])
        let text = String(decoding: raw, as: UTF8.self)
        switch token.kind {
        case .simple: return .simple(text)
        case .error: return .error(text)
        case .integer:
            if let number = Int64(text) { return .integer(number) }
        case .double:
            if let number = RESPReplyBuilder.double(text) { return .double(number) }
        case .boolean:
            if text == "t" || text == "f" { return .boolean(text == "t") }
        case .bigNumber:
            if RESPReplyBuilder.isWholeNumber(raw) { return .bigNumber(text) }
        default:
            if text.isEmpty { return .null }
        }
        throw .malformedReply
    }

    /// Whether a text is decimal digits after an optional sign.
    private static func isWholeNumber(_ text: UnsafeRawBufferPointer) -> Bool {
        let isSigned = text.first == ASCII.minus || text.first == UInt8(ascii: "+")
        let digits = text.dropFirst(isSigned ? 1 : 0)
        return !digits.isEmpty && digits.allSatisfy { $0 &- ASCII.zero <= 9 }
    }

    /// A decimal number; `inf`, `-inf` and `nan` are the only words.
    private static func double(_ text: String) -> Double? {
        switch text {
        case "inf": return .infinity
        case "-inf": return -.infinity
        case "nan": return .nan
        default:
            let isDecimal = text.utf8.allSatisfy {
                $0 &- ASCII.zero <= 9 || "+-.eE".utf8.contains($0)
            }
            return isDecimal ? Double(text) : nil
        }
    }

    private mutating func verbatim(_ token: RESPToken) throws(RESPError) -> Bytes {
        let bytes = bytes(of: token)
        guard bytes.count >= 4, bytes[bytes.startIndex + 3] == UInt8(ascii: ":") else {
            throw .malformedReply
        }
        return bytes
    }

    private mutating func bytes(of token: RESPToken) -> Bytes {
        let whole = copy ?? Array(frame)
        copy = whole
        let start = Int(token.start)
        return whole[start..<start + Int(token.count)]
    }
}
