/// Writes one JSON document as text, member by member, in the order of the calls.
///
/// For the few documents that a node answers with (status, ring, buckets); nothing on a hot path.
package struct JSONText {
    /// What was written so far.
    package private(set) var text = ""
    private var needsComma = false

    /// An empty document.
    package init() {}

    /// Writes an object, the members of which `body` writes.
    package mutating func object(_ name: String? = nil, _ body: (inout JSONText) -> Void) {
        open(name, "{")
        body(&self)
        close("}")
    }

    /// Writes an array, the elements of which `body` writes without names.
    package mutating func array(_ name: String? = nil, _ body: (inout JSONText) -> Void) {
        open(name, "[")
        body(&self)
        close("]")
    }

    /// Writes a text.
    package mutating func string(_ name: String? = nil, _ value: String) {
        label(name)
        append(quoted: value)
    }

    /// Writes a whole number.
    package mutating func number(_ name: String? = nil, _ value: some BinaryInteger) {
        label(name)
        text += String(value)
    }

    /// Writes a number that is given in its digits, such as `1.25`.
    package mutating func number(_ name: String? = nil, digits: String) {
        label(name)
        text += digits
    }

    /// Writes true or false.
    package mutating func bool(_ name: String? = nil, _ value: Bool) {
        label(name)
        text += value ? "true" : "false"
    }

    private mutating func open(_ name: String?, _ bracket: String) {
        label(name)
        text += bracket
        needsComma = false
    }

    private mutating func close(_ bracket: String) {
        text += bracket
        needsComma = true
    }

    private mutating func label(_ name: String?) {
        if needsComma {
            text += ","
        }
        needsComma = true
        if let name {
            append(quoted: name)
            text += ":"
        }
    }

    private mutating func append(quoted value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
