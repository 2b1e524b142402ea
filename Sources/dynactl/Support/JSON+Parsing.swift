import FoundationEssentials

extension JSON: Decodable {
    /// Reads any document; the fields of an object come in alphabetical order.
    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: FieldName.self) {
            let names = object.allKeys.sorted { $0.stringValue < $1.stringValue }
            self = .object(
                try names.map { ($0.stringValue, try object.decode(JSON.self, forKey: $0)) })
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else {
            self = .array(try container.decode([JSON].self))
        }
    }

    /// Reads what a node answered.
    static func parse(answer: String) throws(Failure) -> JSON {
        do {
            return try JSONDecoder().decode(JSON.self, from: Data(answer.utf8))
        } catch {
            throw .internal("the node answered something that is no JSON: \(answer.prefix(200))")
        }
    }

    /// The value of a field; nil if there is none or this is no object.
    subscript(name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    /// The elements of an array; nil for anything else.
    var elements: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The value as a person reads it in a table.
    var plain: String {
        switch self {
        case .null: "-"
        case .string(let text): text
        case .array(let values): values.map(\.plain).joined(separator: " ")
        case .object(let fields):
            fields.map { "\($0.name)=\($0.value.plain)" }.joined(separator: " ")
        default: text
        }
    }

    private struct FieldName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
