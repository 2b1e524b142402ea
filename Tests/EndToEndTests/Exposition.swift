import Foundation

/// Metrics in the text format of Prometheus, version 0.0.4, read strictly: whatever the format
/// forbids, or its conventions do, is an error.
struct Exposition {
    struct Family {
        let name: String
        let kind: String
    }

    struct Sample: Hashable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    private(set) var families: [Family] = []
    private(set) var samples: [Sample] = []
    private var help: String?

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw SetupFailure("the last line does not end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            do { try take(String(line)) } catch { throw SetupFailure("\(error): \(line)") }
        }
        try checkDuplicates()
        for family in families where family.kind == "histogram" { try checkBuckets(family) }
    }

    private mutating func take(_ line: String) throws {
        if line.hasPrefix("# HELP ") {
            let words = line.split(separator: " ", maxSplits: 3)
            guard words.count == 4, help == nil else { throw SetupFailure("help") }
            help = String(words[2])
        } else if line.hasPrefix("# TYPE ") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, words[2] == help,
                ["counter", "gauge", "histogram", "summary"].contains(words[3]),
                words[2].wholeMatch(of: #/[a-zA-Z_:][a-zA-Z0-9_:]*/#) != nil,
                (words[3] == "counter") == words[2].hasSuffix("_total")
            else { throw SetupFailure("type") }
            families.append(Family(name: words[2], kind: words[3]))
            help = nil
        } else {
            try take(sample: line)
        }
    }

    private mutating func take(sample line: String) throws {
        guard help == nil, let family = families.last,
            let match = line.wholeMatch(of: #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)/#),
            let value = Double(match.output.4)
        else { throw SetupFailure("sample") }
        var labels: [String: String] = [:]
        var rest = match.output.3 ?? ""
        while !rest.isEmpty {
            let pattern = #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/#
            guard let label = rest.prefixMatch(of: pattern),
                labels.updateValue(String(label.output.2), forKey: String(label.output.1)) == nil
            else { throw SetupFailure("labels") }
            rest = rest[label.range.upperBound...]
        }
        let name = String(match.output.1)
        let suffixes: [String: [String]] = [
            "histogram": ["_bucket", "_sum", "_count"], "summary": ["", "_sum", "_count"],
        ]
        let allowed = (suffixes[family.kind] ?? [""]).map { family.name + $0 }
        guard allowed.contains(name) else { throw SetupFailure("no sample of \(family.name)") }
        guard family.kind != "counter" || value >= 0 else { throw SetupFailure("negative") }
        samples.append(Sample(name: name, labels: labels, value: value))
    }

    private func checkDuplicates() throws {
        guard Set(families.map(\.name)).count == families.count else {
            throw SetupFailure("a family twice")
        }
        let series = samples.map { Sample(name: $0.name, labels: $0.labels, value: 0) }
        guard Set(series).count == series.count else { throw SetupFailure("a series twice") }
    }

    /// Buckets ascend, and the last of them is the count.
    private func checkBuckets(_ family: Family) throws {
        let buckets = samples.filter { $0.name == family.name + "_bucket" }
        let groups = Dictionary(grouping: buckets) { $0.labels.filter { $0.key != "le" } }
        for (labels, group) in groups {
            let bounds = group.map { Double($0.labels["le"] ?? "") ?? .nan }
            let values = group.map(\.value)
            let count = samples.first { $0.name == family.name + "_count" && $0.labels == labels }
            guard bounds == bounds.sorted(), values == values.sorted(), bounds.last == .infinity,
                let total = count?.value, values.last == total
            else { throw SetupFailure("buckets of \(family.name)") }
        }
    }
}
