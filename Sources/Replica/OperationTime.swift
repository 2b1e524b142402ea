import Causality
import Primitives

extension HybridTimestamp {
    private static let digits = 16

    /// The hybrid time that an operation id carries; nil where it has another form.
    ///
    /// The form is sixteen hexadecimal digits in lower case, the raw timestamp, a `-`, and sixteen
    /// more that tell operations of one time apart.
    package init?(operation: Bytes) {
        let digits = HybridTimestamp.digits
        let separator = operation.startIndex + digits
        guard operation.count == 2 * digits + 1, operation[separator] == UInt8(ascii: "-"),
            let time = HybridTimestamp.number(operation[..<separator]),
            HybridTimestamp.number(operation[(separator + 1)...]) != nil
        else { return nil }
        self.init(time)
    }

    private static func number(_ word: Bytes) -> UInt64? {
        var number: UInt64 = 0
        for byte in word {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default:
                return nil
            }
        }
        return number
    }
}
