/// Inline commands: a line of text in place of an array, for people with a terminal.
extension RESPParser {
    /// Looks for the end of the line; splits the line when it is there.
    mutating func scanLine(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        let end = min(bytes.count, limits.inlineBytesMax + 1)
        while cursor < end, bytes[cursor] != ASCII.lineFeed {
            cursor += 1
        }
        guard cursor < end else {
            guard end <= limits.inlineBytesMax else { throw .inlineTooLong }
            return .incomplete
        }
        var splitter = InlineSplitter(UnsafeRawBufferPointer(rebasing: bytes[..<cursor]))
        try splitter.split()
        let consumed = cursor + 1
        guard !splitter.ranges.isEmpty else { return finish(.consume(consumed)) }
        let command = splitter.text.withUnsafeBytes {
            RESPCommand(frame: $0, ranges: splitter.ranges)
        }
        return finish(.command(command, consumed: consumed))
    }
}

/// Splits a line into arguments by the quoting rules of Redis (`sdssplitargs`).
///
/// Blanks separate. Within double quotes `\n \r \t \b \a` and `\xHH` stand for a byte and any
/// other escaped byte for itself; within single quotes only `\'` is an escape. A quote may open
/// within a word; the closing one ends the argument and must be followed by a blank or the end.
struct InlineSplitter {
    private let line: UnsafeRawBufferPointer
    private var position = 0
    /// The arguments without quotes and escapes, one after the other.
    private(set) var text: [UInt8] = []
    /// Where the arguments are in `text`.
    private(set) var ranges: [ByteRange] = []

    /// Splits a line given without its line feed; a carriage return is a blank.
    init(_ line: UnsafeRawBufferPointer) {
        self.line = line
    }

    /// Fills `text` and `ranges`; throws where quotes are unbalanced.
    mutating func split() throws(RESPError) {
        skipBlanks()
        while position < line.count {
            let start = text.count
            try readArgument()
            ranges.append(ByteRange(start: start, count: text.count - start))
            skipBlanks()
        }
    }

    private mutating func skipBlanks() {
        while position < line.count, isBlank(line[position]) {
            position += 1
        }
    }

    private mutating func readArgument() throws(RESPError) {
        while let byte = peek(), !isSeparator(byte) {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try readQuoted(by: byte)
            case UInt8(ascii: "'"): return try readQuoted(by: byte)
            default: text.append(byte)
            }
        }
    }

    /// Reads up to and including the closing quote.
    private mutating func readQuoted(by quote: UInt8) throws(RESPError) {
        while let byte = peek() {
            position += 1
            if byte == quote {
                if let next = peek(), !isBlank(next) { throw .unbalancedQuotes }
                return
            }
            if byte == UInt8(ascii: "\\"), let escaped = peek() {
                text.append(unescape(escaped, in: quote))
            } else {
                text.append(byte)
            }
        }
        throw .unbalancedQuotes
    }

    /// The byte that a backslash and what follows it stand for; moves over what was used.
    private mutating func unescape(_ escaped: UInt8, in quote: UInt8) -> UInt8 {
        let backslash = UInt8(ascii: "\\")
        guard quote == UInt8(ascii: "\"") else {
            guard escaped == quote else { return backslash }
            position += 1
            return escaped
        }
        position += 1
        switch escaped {
        case UInt8(ascii: "n"): return 0x0a
        case UInt8(ascii: "r"): return 0x0d
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "a"): return 0x07
        case UInt8(ascii: "x"):
            guard let high = hexDigit(at: position), let low = hexDigit(at: position + 1) else {
                return escaped
            }
            position += 2
            return high << 4 | low
        default: return escaped
        }
    }

    private func peek() -> UInt8? {
        position < line.count ? line[position] : nil
    }

    private func hexDigit(at index: Int) -> UInt8? {
        guard index < line.count else { return nil }
        return Character(UnicodeScalar(line[index])).hexDigitValue.map { UInt8($0) }
    }

    /// The bytes between arguments.
    private func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0d).contains(byte)
    }

    /// The bytes that end an unquoted argument; vertical tab and form feed do not.
    private func isSeparator(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0d
    }
}
