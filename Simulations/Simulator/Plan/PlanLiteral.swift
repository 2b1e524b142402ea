/// Numbers, times and names as a plan writes them.
///
/// Times are integers throughout, so that what is written comes back exactly.
enum PlanLiteral {
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ]

    // MARK: Times

    /// A time such as `12.5s`, `300ms`, `40us` or `15ns`.
    static func time(_ text: Substring) -> UInt64? {
        guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
        let parts = text.dropLast(unit.name.count)
            .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap(digits) else { return nil }
        let (scaled, isTooLong) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
        guard !isTooLong else { return nil }
        guard parts.count == 2 else { return scaled }
        guard let fraction = fraction(parts[1], of: unit.nanoseconds) else { return nil }
        let (sum, isTooLate) = scaled.addingReportingOverflow(fraction)
        return isTooLate ? nil : sum
    }

    private static func fraction(_ text: Substring, of unit: UInt64) -> UInt64? {
        guard let number = digits(text), text.count <= 9 else { return nil }
        let scale = text.reduce(UInt64(1)) { scale, _ in scale * 10 }
        let (product, isTooLong) = number.multipliedReportingOverflow(by: unit)
        return isTooLong || product % scale != 0 ? nil : product / scale
    }

    /// A time in the largest unit that is not larger than it.
    static func text(time: UInt64) -> String {
        guard let unit = units.last(where: { $0.nanoseconds <= time }) else { return "0s" }
        let rest = time % unit.nanoseconds
        let whole = "\(time / unit.nanoseconds)"
        guard rest > 0 else { return whole + unit.name }
        var fraction = String("\(unit.nanoseconds + rest)".dropFirst())
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)\(unit.name)"
    }

    /// By how much a calendar is off, in milliseconds: a time with a sign.
    static func milliseconds(_ text: Substring) -> Int64? {
        guard let sign = text.first, sign == "+" || sign == "-",
            let time = time(text.dropFirst()), time % 1_000_000 == 0
        else { return nil }
        let size = Int64(time / 1_000_000)
        return sign == "-" ? -size : size
    }

    /// A time with a sign.
    static func text(milliseconds: Int64) -> String {
        let size = text(time: milliseconds.magnitude * 1_000_000)
        return (milliseconds < 0 ? "-" : "+") + size
    }

    // MARK: Numbers

    /// A whole number without a sign.
    static func digits(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt64(text)
    }

    /// A whole number.
    static func count(_ text: Substring) -> Int? {
        digits(text).flatMap { Int(exactly: $0) }
    }

    /// A whole number with a sign.
    static func signed(_ text: Substring) -> Int64? {
        guard let sign = text.first, sign == "+" || sign == "-",
            let size = digits(text.dropFirst()).flatMap({ Int64(exactly: $0) })
        else { return nil }
        return sign == "-" ? -size : size
    }

    /// A number that is not negative, with or without a fraction or an exponent.
    static func number(_ text: Substring) -> Double? {
        guard let first = text.utf8.first, (48...57).contains(first),
            text.utf8.allSatisfy({ (48...57).contains($0) || [43, 45, 46, 101].contains($0) }),
            let number = Double(text), number.isFinite
        else { return nil }
        return number
    }

    /// A number so that it comes back exactly.
    static func text(number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A seed, decimal or hexadecimal.
    static func seed(_ text: Substring) -> UInt64? {
        guard text.hasPrefix("0x") else { return digits(text) }
        let digits = text.dropFirst(2)
        return digits.first == "+" ? nil : UInt64(digits, radix: 16)
    }

    /// A size such as `24B` or `64KiB`.
    static func bytes(_ text: Substring) -> Int? {
        if text.hasSuffix("KiB") {
            guard let count = count(text.dropLast(3)), count < 1 << 40 else { return nil }
            return count * 1_024
        }
        return text.hasSuffix("B") ? count(text.dropLast()) : nil
    }

    /// A size in bytes, or in KiB where it is a whole number of them.
    static func text(bytes: Int) -> String {
        bytes > 0 && bytes % 1_024 == 0 ? "\(bytes / 1_024)KiB" : "\(bytes)B"
    }

    // MARK: Names

    /// The place, from 0, of something that is named by a letter and a number from 1.
    static func index(_ letter: Character, _ text: Substring) -> Int? {
        guard text.first == letter, let number = count(text.dropFirst()), number > 0 else {
            return nil
        }
        return number - 1
    }

    /// The names of nodes, such as `n1,n2`.
    static func text(nodes: [Int]) -> String {
        nodes.map { "n\($0 + 1)" }.joined(separator: ",")
    }
}
