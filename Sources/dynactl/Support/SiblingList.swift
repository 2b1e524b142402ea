import DynaClient
import FoundationEssentials

/// The siblings of a key, one a line, newest first, for a person who has to choose.
struct SiblingList {
    /// The most of a value that is shown, in characters.
    static let previewCharactersMax = 60

    let path: RecordPath
    let siblings: [Sibling]

    var text: String {
        let newestFirst = siblings.sorted { ($0.timestamp, $0.dot) > ($1.timestamp, $1.dot) }
        let lines = newestFirst.map { "  \($0.time)  \($0.dot)  \($0.preview)" }
        let advice = [
            "Take the newest with --latest, or see all of them and their context with --json and",
            "write the value that replaces them: dynactl put \(path) --context CONTEXT VALUE",
        ]
        return (["\(path) has \(siblings.count) siblings:"] + lines + advice)
            .joined(separator: "\n")
    }
}

extension Sibling {
    /// The value as text if it is UTF-8; nil otherwise.
    var textValue: String? {
        String(validating: value, as: UTF8.self)
    }

    /// The sibling in a JSON document.
    var document: JSON {
        let fields: [(name: String, value: JSON)] = [
            ("value", .string(textValue ?? Data(value).base64EncodedString())),
            ("encoding", .string(textValue == nil ? "base64" : "utf8")),
            ("timestamp", .integer(timestamp)),
            ("dot", .string(dot)),
        ]
        return .object(fields + (expires.map { [("expires", .integer($0))] } ?? []))
    }

    /// When it was written, as in `2026-11-21T05:36:36.120Z`.
    fileprivate var time: String {
        let (seconds, milliseconds) = timestamp.quotientAndRemainder(dividingBy: 1_000)
        let date = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        let fraction = String(1_000 + milliseconds.magnitude).dropFirst()
        return "\(date.dropLast()).\(fraction)Z"
    }

    /// The beginning of the value on one line.
    fileprivate var preview: String {
        guard let textValue else { return "(\(value.count) bytes, binary)" }
        let limit = SiblingList.previewCharactersMax
        let beginning = JSON.string(String(textValue.prefix(limit))).text
        return textValue.count > limit ? "\(beginning)… (\(value.count) bytes)" : beginning
    }
}
