import Primitives

/// A JSON document that is written with its fields in the given order.
enum JSON {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(name: String, value: JSON)])

    /// A number, or null.
    init(_ value: Int?) {
        self = value.map { .integer(Int64($0)) } ?? .null
    }

    /// A text, or null.
    init(_ value: String?) {
        self = value.map { .string($0) } ?? .null
    }

    /// The document on one line.
    var text: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .number(let value): return value.isFinite ? value.description : "null"
        case .string(let value):
            var quoted = JSONText()
            quoted.string(nil, value)
            return quoted.text
        case .array(let values):
            return "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let fields):
            let members = fields.map { JSON.string($0.name).text + ":" + $0.value.text }
            return "{" + members.joined(separator: ",") + "}"
        }
    }
}
