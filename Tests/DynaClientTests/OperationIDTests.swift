import Testing

@testable import DynaClient

@Suite("OperationID")
struct OperationIDTests {
    @Test("A drawn name has the documented form")
    func drawnNameHasTheForm() {
        let parts = OperationID().description.split(separator: "-")
        #expect(parts.map(\.utf8.count) == [16, 16])
        #expect(parts.allSatisfy { UInt64($0, radix: 16) != nil })
    }

    @Test("Time and random part are padded to sixteen digits")
    func partsArePadded() {
        let identifier = OperationID(hybridTime: 0x1_0000, random: 0xab)
        #expect(identifier.description == "0000000000010000-00000000000000ab")
    }

    @Test("A name of one's own making is taken as it is")
    func ownNameIsTaken() {
        #expect(OperationID("order-17")?.description == "order-17")
    }

    @Test("An empty or too long name is refused", arguments: [0, OperationID.bytesMax + 1])
    func lengthIsBounded(count: Int) {
        #expect(OperationID(String(repeating: "x", count: count)) == nil)
    }
}
