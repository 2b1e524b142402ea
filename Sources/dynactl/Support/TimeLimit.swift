import ArgumentParser

/// A time given on the command line, such as `500ms`, `5s` or `1m`.
struct TimeLimit {
    /// The time; positive and at most a day.
    let duration: Duration

    /// A time of so long, where a command has one without being given any.
    init(_ duration: Duration) {
        self.duration = duration
    }

    /// Reads a whole number and a unit.
    init(parsing text: String) throws {
        guard let milliseconds = TimeText.milliseconds(text), milliseconds <= 86_400_000 else {
            throw ValidationError(
                "'\(text)' is no time: give a whole number and a unit, as in 500ms, 5s or 1m.")
        }
        duration = .milliseconds(milliseconds)
    }
}

extension TimeLimit: CustomStringConvertible {
    var description: String {
        let milliseconds = Int64((duration / .milliseconds(1)).rounded())
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }
}

/// How long a value is kept, given on the command line, such as `90s`, `1h` or `7d`.
struct TimeToLive {
    /// The longest, in days: a hundred years.
    static let daysMax = 36_500

    /// The time; positive.
    let duration: Duration

    /// Reads a whole number and a unit.
    init(parsing text: String) throws {
        let most = TimeToLive.daysMax * 86_400_000
        guard let milliseconds = TimeText.milliseconds(text), milliseconds <= most else {
            throw ValidationError(
                "'\(text)' is no time to live: give a whole number and a unit, as in 500ms, 90s, "
                    + "1h or 7d, up to \(TimeToLive.daysMax)d.")
        }
        duration = .milliseconds(milliseconds)
    }
}

/// Times as people write them.
private enum TimeText {
    private static let units: [Substring: Int] = [
        "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]

    /// The milliseconds in a whole number and a unit; nil where it is not one, or nothing.
    static func milliseconds(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units[text.dropFirst(digits.count)], let count = Int(digits), count > 0
        else { return nil }
        let (milliseconds, isBeyond) = count.multipliedReportingOverflow(by: unit)
        return isBeyond ? nil : milliseconds
    }
}
