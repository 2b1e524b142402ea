import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ValueTests {
        @Test("Values come back byte for byte from every node")
        func sizes() throws {
            var random = SystemRandomNumberGenerator()
            let values: [(name: String, bytes: [UInt8])] = [
                ("nothing", []), ("one", [0x0a]), ("every", Array(0...255)),
                ("binary", (0..<10_000).map { _ in random.next() }),
                ("largest", (0..<(1 << 20)).map { _ in random.next() }),
            ]
            try LocalRing.run { ring in
                for (number, value) in values.enumerated() {
                    let path = "values/\(value.name)"
                    let put = try ring.run("put", path, "-", on: number % 3, input: value.bytes)
                    #expect(put.exitCode == 0, "\(value.name): \(put.errors)")
                    for node in 0..<3 {
                        let get = try ring.run("get", path, on: node)
                        #expect(get.exitCode == 0 && get.output == value.bytes, "\(value.name)")
                    }
                }
            }
        }

        @Test("A document shows text as text and other bytes in base64")
        func encodings() throws {
            let binary: [UInt8] = [0xff, 0x00, 0x80, 0x0a]
            try LocalRing.run { ring in
                #expect(try ring.run("put", "values/b", input: binary).exitCode == 0)
                #expect(try ring.run("put", "values/t", "“quoted”\n\\\u{1}").exitCode == 0)
                let bytes = try #require(try ring.read("values/b").siblings.first)
                #expect(bytes.encoding == "base64")
                #expect(Data(base64Encoded: bytes.value) == Data(binary))
                let text = try #require(try ring.read("values/t").siblings.first)
                #expect(text.encoding == "utf8" && text.value == "“quoted”\n\\\u{1}")
            }
        }

        @Test("A value that starts with a dash follows two dashes, and a key may hold slashes")
        func awkwardWords() throws {
            try LocalRing.run { ring in
                let put = try Dynactl.run(
                    "put", "values/a/b//c", "--endpoint", ring.endpoint(0), "--", "-40")
                #expect(put.exitCode == 0, "\(put)")
                #expect(try ring.run("get", "values/a/b//c").text == "-40")
                #expect(try ring.read("values/a/b//c").key == "a/b//c")
                #expect(try ring.run("put", "日本/ключ 🔑", "значение").exitCode == 0)
                #expect(try ring.run("get", "日本/ключ 🔑", on: 1).text == "значение")
            }
        }

        @Test("A value above 1 MiB is refused, nothing is stored, and the node lives")
        func tooLarge() throws {
            let value = [UInt8](repeating: 0x61, count: (1 << 20) + 1)
            try LocalRing.run { ring in
                let before = (0..<3).map(ring.process)
                for bytes in [value, value + value + value] {
                    let put = try ring.run("put", "values/big", "-", input: bytes)
                    #expect(put.exitCode == 65, "\(put)")
                    #expect(!put.errors.isEmpty)
                }
                for node in 0..<3 {
                    #expect(try ring.run("get", "values/big", on: node).exitCode == 1)
                }
                #expect(try ring.run("put", "values/small", "x").exitCode == 0)
                #expect((0..<3).map(ring.process) == before)
            }
        }
    }
}
