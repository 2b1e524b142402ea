import Primitives
import Testing

@testable import RESP

@Suite struct RESPWriterTests {
    private func text(_ version: RESPVersion, _ write: (inout RESPWriter) -> Void) -> String {
        var writer = RESPWriter(version: version)
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (RESPValue.simple("OK"), "+OK\r\n", "+OK\r\n"),
        (.error("ERR a\r\nb"), "-ERR a  b\r\n", "-ERR a  b\r\n"),
        (.integer(-42), ":-42\r\n", ":-42\r\n"),
        (.bulk(Bytes(text: "a\r\n")), "$3\r\na\r\n\r\n", "$3\r\na\r\n\r\n"),
        (.null, "$-1\r\n", "_\r\n"),
        (.boolean(true), ":1\r\n", "#t\r\n"),
        (.boolean(false), ":0\r\n", "#f\r\n"),
        (.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"),
        (.double(-.infinity), "$4\r\n-inf\r\n", ",-inf\r\n"),
        (.double(-.nan), "$3\r\nnan\r\n", ",nan\r\n"),
        (.bigNumber("123"), "$3\r\n123\r\n", "(123\r\n"),
        (.verbatim(Bytes(text: "txt:hi")), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"),
        (.blobError(Bytes(text: "ERR\nx")), "-ERR x\r\n", "!5\r\nERR\nx\r\n"),
        (.array([.null, .integer(1)]), "*2\r\n$-1\r\n:1\r\n", "*2\r\n_\r\n:1\r\n"),
        (
            .map([RESPEntry(key: .simple("k"), value: .null)]), "*2\r\n+k\r\n$-1\r\n",
            "%1\r\n+k\r\n_\r\n"
        ),
        (.set([.integer(1)]), "*1\r\n:1\r\n", "~1\r\n:1\r\n"),
        (.push([.integer(1)]), "*1\r\n:1\r\n", ">1\r\n:1\r\n"),
    ])
    func `A value is written as each version knows it`(value: RESPValue, two: String, three: String)
    {
        #expect(text(.two) { $0.write(value) } == two)
        #expect(text(.three) { $0.write(value) } == three)
    }

    @Test func `Numbers of every length are written exactly`() {
        var numbers: [Int64] = [0, .min, .max, .min + 1]
        var power: Int64 = 1
        for _ in 0..<19 {
            numbers += [power, power - 1, -power, 1 - power]
            power = power &* 10
        }
        for number in numbers {
            #expect(text(.two) { $0.integer(number) } == ":\(number)\r\n")
        }
    }

    @Test func `A text and its bytes are written alike`() {
        for value in ["", "short", "é", String(repeating: "long ", count: 100)] {
            let expected = "$\(value.utf8.count)\r\n\(value)\r\n"
            #expect(text(.two) { $0.bulk(value) } == expected)
            #expect(text(.two) { $0.bulk(Bytes(text: value)) } == expected)
        }
    }

    @Test func `A written command is parsed back`() {
        let arguments = ["SET", "", "a\r\nb", "\0"]
        #expect(
            served(encoded(arguments)) == [.command(RESPCommand(arguments.map { Bytes(text: $0) }))]
        )
    }

    @Test func `What was written is forgotten on demand`() {
        var writer = RESPWriter()
        writer.bulk(Bytes(repeating: 0, count: 100_000))
        writer.removeAll()
        #expect(writer.bytes.isEmpty && writer.bytes.capacity == 0)
        writer.simple("OK")
        writer.removeAll()
        #expect(writer.bytes.isEmpty && writer.bytes.capacity > 0)
    }
}
