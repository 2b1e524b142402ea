/// Numbers as people read them.
package enum NumberText {
    /// A number with so many digits behind the point.
    package static func decimal(_ number: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        guard abs(number * scale) < 1e18 else { return number.description }
        let scaled = Int((number * scale).rounded())
        let sign = scaled < 0 ? "-" : ""
        let (whole, rest) = abs(scaled).quotientAndRemainder(dividingBy: Int(scale))
        let fraction = String(rest)
        let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
        return sign + (digits == 0 ? "\(whole)" : "\(whole).\(zeros)\(fraction)")
    }

    /// `24,120`.
    package static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }
}
