import Primitives
import Testing

@testable import RESP

@Suite struct InlineCommandTests {
    @Test(arguments: [
        ("PING\r\n", ["PING"]),
        ("PING\n", ["PING"]),
        (" \t SET  k\tv \r\n", ["SET", "k", "v"]),
        ("SET k \"a b\"\n", ["SET", "k", "a b"]),
        ("SET k 'a b'\n", ["SET", "k", "a b"]),
        ("SET k \"\"\n", ["SET", "k", ""]),
        ("SET k ''\n", ["SET", "k", ""]),
        (#"ECHO "\x41\x6a\x4Azx""# + "\n", ["ECHO", "AjJzx"]),
        (#"ECHO "\n\r\t\b\a\\\"\q""# + "\n", ["ECHO", "\n\r\t\u{8}\u{7}\\\"q"]),
        (#"ECHO "\x4 \xg1 \x""# + "\n", ["ECHO", "x4 xg1 x"]),
        (#"ECHO '\n\'\\ '"# + "\n", ["ECHO", #"\n'\\ "#]),
        (#"ECHO a\n\x41"# + "\n", ["ECHO", #"a\n\x41"#]),
        ("ECHO foo\"bar\" x\n", ["ECHO", "foobar", "x"]),
        ("ECHO foo'b\"r'\n", ["ECHO", "foob\"r"]),
        ("ECHO a\rb\r\n", ["ECHO", "a", "b"]),
        ("ECHO a\u{b}b \u{b}\u{c}c\n", ["ECHO", "a\u{b}b", "c"]),
        ("ECHO a\0b\n", ["ECHO", "a\0b"]),
        ("$3\r\n", ["$3"]),
    ])
    func `A line splits by the quoting rules of Redis`(line: String, arguments: [String]) {
        #expect(
            served(utf8(line)) == [.command(RESPCommand(arguments.map { Bytes(text: $0) }))])
    }

    @Test(arguments: [
        "\"", "'", "a\"", "\"\\", "\"\\\"", "'\\'", "\"a\"b", "'a'b", "\"a\"\"b\"", "\"a\\x4",
        #"'\\'"#,
    ])
    func `Quotes that do not balance break the protocol`(line: String) {
        #expect(served(utf8(line + "\r\n")) == [.broken(.unbalancedQuotes)])
        #expect(served(utf8(line + "\n")) == [.broken(.unbalancedQuotes)])
    }

    @Test func `Lines without a word are ignored`() {
        #expect(served(utf8("\r\n\n  \r\n\t\n\r\r\n")) == [])
    }

    @Test func `An escape makes any byte`() {
        let digits = Array("0123456789abcdef")
        for byte in 0...255 {
            let line = "ECHO \"\\x\(digits[byte >> 4])\(digits[byte & 15])\"\n"
            #expect(
                served(utf8(line))
                    == [.command(RESPCommand([Bytes(text: "ECHO"), [UInt8(byte)]]))])
        }
    }

    @Test func `A line is too long exactly above the limit`() {
        let limits = RESPLimits(inlineBytesMax: 16)
        let fits = "PING 78901234567\n"
        #expect(served(Array(utf8(fits).dropLast()), limits: limits) == [])
        #expect(
            served(utf8(fits), limits: limits) == [
                command("PING", "78901234567")
            ])
        #expect(served(utf8("PING 789012345678\n"), limits: limits) == [.broken(.inlineTooLong)])
        #expect(served(utf8("PING 789012345678"), limits: limits) == [.broken(.inlineTooLong)])
    }
}
