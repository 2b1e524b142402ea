import Primitives
import Testing

@testable import Node

@Suite struct RequestTableTests {
    @Test("requests open, change in place and close as in a dictionary")
    func randomHistory() {
        var random = RandomStream(seed: 1)
        var (table, model) = (RequestTable<[Int]>(), [UInt64: [Int]]())
        for number in UInt64(1)...5_000 {
            let other = UInt64.random(in: 1...number, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                table.open([Int(number)], as: number)
                model[number] = [Int(number)]
            case 2:
                let count = table.with(other) { request -> Int in
                    request.append(7)
                    return request.count
                }
                model[other]?.append(7)
                #expect(count == model[other]?.count)
            default:
                #expect(table.close(other) == model.removeValue(forKey: other))
            }
            #expect(table.count == model.count && table.isEmpty == model.isEmpty)
            #expect(table[other] == model[other])
            #expect(table.contains(other) == (model[other] != nil))
        }
        #expect(table.numbers == model.keys.sorted())
        for (number, request) in model { #expect(table[number] == request) }
        #expect(table.sum(\.count) == model.values.reduce(0) { $0 + $1.count })
    }
}
