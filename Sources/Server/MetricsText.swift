/// Writes metrics in the text format of Prometheus, version 0.0.4.
///
/// One family after the other, each with its help and type; a family may have no sample yet, so
/// that every metric there is can be seen at any time.
package struct MetricsText {
    /// The kinds of metrics that are used here.
    package enum Kind: String {
        /// Goes up, and starts anew with the process.
        case counter
        /// A present value.
        case gauge
        /// Counts by upper bounds, with sum and count.
        case histogram
        /// Quantiles, with sum and count.
        case summary
    }

    /// A label's name and value.
    package typealias Label = (name: String, value: String)

    /// What was written so far.
    package private(set) var text = ""
    private var name = ""

    /// Nothing yet.
    package init() {}

    /// Writes a family; `samples` writes what belongs to it.
    package mutating func family(
        _ name: String, _ kind: Kind, _ help: String, _ samples: (inout MetricsText) -> Void
    ) {
        self.name = name
        text += "# HELP \(name) \(MetricsText.escaped(help, quotes: false))\n"
        text += "# TYPE \(name) \(kind.rawValue)\n"
        samples(&self)
    }

    /// Writes a family of one sample without labels.
    package mutating func value(
        _ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger
    ) {
        family(name, kind, help) { $0.sample(value) }
    }

    /// Writes a sample of the present family.
    package mutating func sample(
        _ value: some BinaryInteger, _ labels: [Label] = [], suffix: String = ""
    ) {
        line(String(value), labels, suffix)
    }

    /// Writes a sample of the present family.
    package mutating func sample(
        _ value: Double, _ labels: [Label] = [], suffix: String = ""
    ) {
        line(value.isNaN ? "NaN" : "\(value)", labels, suffix)
    }

    private mutating func line(_ value: String, _ labels: [Label], _ suffix: String) {
        text += name + suffix
        if !labels.isEmpty {
            let pairs = labels.map { label in
                "\(label.name)=\"\(MetricsText.escaped(label.value, quotes: true))\""
            }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
    }
}

/// How often values up to fixed bounds were seen; for a histogram of Prometheus.
struct BoundedHistogram {
    /// The bounds for how long something takes, in seconds: half a millisecond to ten seconds.
    static let seconds = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// The bounds for how many commands share a commit.
    static let commands: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

    private let bounds: [Double]
    private var counts: [UInt64]
    private var sum = 0.0

    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts[index] += 1
        sum += value
    }

    func write(to text: inout MetricsText, _ labels: [MetricsText.Label] = []) {
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += count
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            text.sample(seen, labels + [("le", bound)], suffix: "_bucket")
        }
        text.sample(sum, labels, suffix: "_sum")
        text.sample(seen, labels, suffix: "_count")
    }
}
