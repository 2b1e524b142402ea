import Primitives

extension RESPWriter {
    /// Writes a truth value; in RESP2 the number 1 or 0.
    package mutating func boolean(_ value: Bool) {
        version == .two ? integer(value ? 1 : 0) : line("#", value ? "t" : "f")
    }

    /// Writes a number in the shortest digits that give it back; in RESP2 as a run of bytes.
    package mutating func double(_ value: Double) {
        let text = value.isNaN ? "nan" : value.description
        version == .two ? bulk(text) : line(",", text)
    }

    /// Writes decimal digits after an optional sign; in RESP2 as a run of bytes.
    package mutating func bigNumber(_ digits: String) {
        version == .two ? bulk(digits) : line("(", digits)
    }

    /// Writes three letters of a format, a colon and a text; in RESP2 the text alone.
    package mutating func verbatim(_ value: Bytes) {
        version == .two
            ? bulk(value.dropFirst(4)) : value.withUnsafeBytes { blob("=", $0) }
    }

    /// Writes an error of any bytes; in RESP2 one line in which CR and LF become blanks.
    package mutating func blobError(_ value: Bytes) {
        version == .two
            ? error(String(decoding: value, as: UTF8.self))
            : value.withUnsafeBytes { blob("!", $0) }
    }

    /// Writes a value with all that is in it; recurses as deeply as the value nests.
    package mutating func write(_ value: RESPValue) {
        switch value {
        case .simple(let text): simple(text)
        case .error(let message): error(message)
        case .integer(let number): integer(number)
        case .bulk(let bytes): bulk(bytes)
        case .null: null()
        case .double(let number): double(number)
        case .boolean(let truth): boolean(truth)
        case .bigNumber(let digits): bigNumber(digits)
        case .verbatim(let bytes): verbatim(bytes)
        case .blobError(let bytes): blobError(bytes)
        case .array, .map, .set, .push: writeAggregate(value)
        }
    }

    private mutating func writeAggregate(_ value: RESPValue) {
        switch value {
        case .array(let values):
            arrayHeader(values.count)
            writeAll(values)
        case .set(let values):
            setHeader(values.count)
            writeAll(values)
        case .push(let values):
            pushHeader(values.count)
            writeAll(values)
        case .map(let entries):
            mapHeader(entries.count)
            for entry in entries {
                write(entry.key)
                write(entry.value)
            }
        default: break
        }
    }

    private mutating func writeAll(_ values: [RESPValue]) {
        for value in values {
            write(value)
        }
    }
}
