import ArgumentParser

/// A time given on the command line, such as `500ms`, `5s` or `1m`.
struct TimeLimit {
    /// The time; positive and at most a day.
    let duration: Duration

    /// Reads a whole number and a unit.
    init(parsing text: String) throws {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let milliseconds: Int? =
            switch text.dropFirst(digits.count) {
            case "ms": 1
            case "s": 1_000
            case "m": 60_000
            case "h": 3_600_000
            default: nil
            }
        guard let unit = milliseconds, let count = Int(digits), count > 0,
            count <= 86_400_000 / unit
        else {
            throw ValidationError(
                "'\(text)' is no time: give a whole number and a unit, as in 500ms, 5s or 1m.")
        }
        duration = .milliseconds(count * unit)
    }
}
