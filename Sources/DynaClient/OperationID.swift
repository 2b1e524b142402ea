/// The name of one write over all its attempts.
///
/// A node that has seen a write with this name answers a repetition with the outcome instead of
/// writing again, also after another write took its place; this is remembered for five minutes.
/// One that is drawn here carries the time of its client, so that a later repetition is refused:
/// sixteen hexadecimal digits in lower case of milliseconds since 1970, shifted left by sixteen
/// bits, a `-`, and sixteen random ones. A name of one's own making may be anything; of another
/// form it is never refused, and repeated too late it is a new write.
public struct OperationID: Hashable, Sendable, CustomStringConvertible {
    /// The text that goes to the node.
    public let description: String

    /// The longest name, in bytes.
    public static let bytesMax = 64

    /// Takes over a name, of one's own making or drawn before; nil if it is empty or too long.
    public init?(_ text: String) {
        guard (1...OperationID.bytesMax).contains(text.utf8.count) else { return nil }
        description = text
    }

    /// Draws a new name at the present time.
    public init() {
        self.init(hybridTime: OperationID.millisecondsNow() << 16, random: .random(in: 0 ... .max))
    }

    init(hybridTime: UInt64, random: UInt64) {
        description = OperationID.word(hybridTime) + "-" + OperationID.word(random)
    }

    private static func word(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
