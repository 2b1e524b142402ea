import Primitives

@testable import RESP

/// Streams that tests cut and damage.
enum Samples {
    /// Ends of streams that break the protocol.
    static let brokenCommands = [
        "*x\r\n", "*2\r\n$3\r\nGET\r\n:1\r\n", "*1\r\n$1\r\nab\r\n", "*1\r\n$-1\r\n",
        "GET \"a\r\nPING\r\n", "*99999999999999999999\r\n", "*1\r\n$1001\r\n",
        String(repeating: "x", count: 100),
    ]

    /// One to four commands of all kinds: arrays, inline, empty, oversized.
    static func commands(_ random: inout RandomStream) -> [UInt8] {
        var stream = encoded(["GET", "k"])
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: stream += utf8("*0\r\n\r\n*-1\r\n")
            case 1: stream += utf8("set k \"\\x41 b\" 'c'\r\n")
            case 2: stream += utf8(" PING\n")
            case 3: stream += encoded(["SET", "k", String(repeating: "v", count: 80), "EX", "1"])
            case 4: stream += encoded(Array(repeating: "0123456789abcdef", count: 13))
            default: stream += array(&random)
            }
        }
        return stream
    }

    private static func array(_ random: inout RandomStream) -> [UInt8] {
        var writer = RESPWriter()
        writer.command(
            (0..<Int.random(in: 1...5, using: &random)).map { _ in
                random.bytes(Int.random(in: 0...12, using: &random))[...]
            })
        return writer.bytes
    }

    /// One to four replies of all types.
    static func replies(_ random: inout RandomStream) -> [UInt8] {
        var writer = RESPWriter()
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            writer.version = Bool.random(using: &random) ? .two : .three
            writer.write(value(&random, depth: 3))
        }
        return writer.bytes
    }

    /// A random value that nests at most `depth` deep.
    static func value(_ random: inout RandomStream, depth: Int) -> RESPValue {
        let blob = random.bytes(Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<(depth > 0 ? 14 : 10), using: &random) {
        case 0: return .simple("OK")
        case 1: return .error("ERR something went wrong")
        case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 3: return .bulk(blob[...])
        case 4: return .null
        case 5: return .double(Double.random(in: -1e9...1e9, using: &random))
        case 6: return .boolean(Bool.random(using: &random))
        case 7: return .bigNumber("-12345678901234567890123")
        case 8: return .verbatim(Bytes(text: "txt:") + blob)
        case 9: return .blobError(blob[...])
        case 10: return .array(values(&random, depth: depth))
        case 11: return .set(values(&random, depth: depth))
        case 12: return .push(values(&random, depth: depth))
        default:
            return .map(
                values(&random, depth: depth).map { RESPEntry(key: .integer(1), value: $0) })
        }
    }

    private static func values(_ random: inout RandomStream, depth: Int) -> [RESPValue] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth: depth - 1) }
    }

    /// Damages a stream in one to three places.
    static func damage(_ stream: [UInt8], _ random: inout RandomStream) -> [UInt8] {
        var stream = stream
        for _ in 0..<Int.random(in: 1...3, using: &random) where !stream.isEmpty {
            let place = Int.random(in: 0..<stream.count, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: stream[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: stream.removeLast(stream.count - place)
            case 2: stream.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 3:
                stream.insert(contentsOf: lengths.randomElement(using: &random) ?? [], at: place)
            case 4: stream.remove(at: place)
            case 5: replaceDigit(&stream, from: place, &random)
            default: stream.insert(contentsOf: stream[place...].prefix(40), at: 0)
            }
        }
        return stream
    }

    /// Changes the first digit from `place` on, which is often one of a length.
    private static func replaceDigit(
        _ stream: inout [UInt8], from place: Int, _ random: inout RandomStream
    ) {
        if let digit = stream[place...].firstIndex(where: { (0x30...0x39).contains($0) }) {
            stream[digit] = UInt8.random(in: 0x30...0x39, using: &random)
        }
    }

    private static let lengths = [
        "*1048576\r\n", "*2147483648\r\n", "$536870912\r\n", "$999999999999999999\r\n",
        "$4294967296\r\n",
        "%2097152\r\n", "*-9\r\n", "~1\r\n", "*1\r\n", "$70\r\n", "\r\n", "000000000", "\"", "\\x4",
    ].map { utf8($0) }
}
