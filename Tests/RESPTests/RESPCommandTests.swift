import Primitives
import Testing

@testable import RESP

@Suite struct RESPCommandTests {
    private let set = RESPCommand(["sEt", "", "v"].map { Bytes(text: $0) })

    @Test func `A command is a collection of its arguments`() {
        #expect(set.count == 3)
        #expect(set.map { [UInt8]($0) } == [utf8("sEt"), [], utf8("v")])
        #expect(set.dropFirst().first == [])
        #expect(set[2] == Bytes(text: "v"))
    }

    @Test func `Arguments share one storage`() {
        guard case .command(let command) = served(encoded(["MSET", "a", "b"])).first else {
            Issue.record("no command")
            return
        }
        let bases = command.map { argument in
            argument.withUnsafeBytes { bytes in bytes.baseAddress.map { UInt(bitPattern: $0) } }
        }
        #expect(bases.count == 3)
        #expect((bases[2] ?? 0) - (bases[1] ?? 0) == 7)
    }

    @Test func `A match ignores the case of ASCII letters only`() {
        #expect(set.matches(0, "SET"))
        #expect(!set.matches(0, "SEX"))
        #expect(!set.matches(0, "SETS"))
        #expect(!set.matches(0, "SE"))
        #expect(set.matches(1, ""))
        #expect(!set.matches(3, "V"))
        #expect(!set.matches(-1, "V"))
        let odd = RESPCommand([Bytes(text: "{[@`é")])
        #expect(odd.matches(0, "{[@`é"))
        #expect(!odd.matches(0, "[{`@é"))
    }

    @Test func `A name is in upper case and of bounded length`() {
        #expect(set.name == "SET")
        #expect(RESPCommand([Bytes(text: "dyna.Get")]).name == "DYNA.GET")
        #expect(RESPCommand([[0x61, 0xff]]).name == "A\u{fffd}")
        #expect(RESPCommand([Bytes(repeating: 0x61, count: 4096)]).name.utf8.count == 128)
    }

    @Test func `Equality is about arguments, not about framing`() {
        #expect(served(utf8("SET k ''\n")) == served(encoded(["SET", "k", ""])))
        #expect(served(encoded(["SET", "k"])) != served(encoded(["SETk"])))
    }
}
