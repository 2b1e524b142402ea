/// A value in an input, with the way to it, so that what is wrong can be named.
struct ReportField {
    /// The file, as it was given.
    let source: String
    /// As in `results[2].curve`; empty for the document itself.
    let path: String
    let value: JSON

    /// A field of this object; nil if there is none, or if it is null.
    subscript(name: String) -> ReportField? {
        guard let value = value[name] else { return nil }
        if case .null = value { return nil }
        return ReportField(
            source: source, path: path.isEmpty ? name : "\(path).\(name)", value: value)
    }

    /// A field that must be there.
    func required(_ name: String) throws(Failure) -> ReportField {
        guard case .object = value else { throw wrong("an object") }
        guard let field = self[name] else {
            let place = path.isEmpty ? "" : " in \(path)"
            throw .data("\(source): the field '\(name)' is missing\(place)")
        }
        return field
    }

    /// The elements of this array.
    func elements() throws(Failure) -> [ReportField] {
        guard let elements = value.elements else { throw wrong("an array") }
        return elements.enumerated().map { index, value in
            ReportField(source: source, path: "\(path)[\(index)]", value: value)
        }
    }

    /// The elements of a field that may be missing.
    func list(_ name: String) throws(Failure) -> [ReportField] {
        try self[name]?.elements() ?? []
    }

    /// This text, shortened where it is too long for any name.
    func text() throws(Failure) -> String {
        guard case .string(let text) = value else { throw wrong("a text") }
        let limit = 400
        return text.count > limit ? text.prefix(limit) + "…" : text
    }

    /// This number.
    func number() throws(Failure) -> Double {
        switch value {
        case .integer(let number): return Double(number)
        case .number(let number) where number.isFinite: return number
        default: throw wrong("a number")
        }
    }

    /// This number of 0 or more; what is a lifetime in milliseconds is a mistake in any unit.
    func amount() throws(Failure) -> Double {
        let number = try number()
        guard (0...1e12).contains(number) else { throw wrong("a number of 0…1e12") }
        return number
    }

    /// This probability.
    ///
    /// What sums of shares add up to may be beyond 1 by a rounding error.
    func probability() throws(Failure) -> Double {
        let number = try number()
        guard (-1e-9...1 + 1e-9).contains(number) else { throw wrong("a probability of 0…1") }
        return min(1, max(0, number))
    }

    /// This whole number, 0 or more.
    func count() throws(Failure) -> Int {
        guard case .integer(let number) = value, let count = Int(exactly: number), count >= 0
        else { throw wrong("a whole number of 0 or more") }
        return count
    }

    /// Whether this is so.
    func truth() throws(Failure) -> Bool {
        guard case .bool(let truth) = value else { throw wrong("true or false") }
        return truth
    }

    /// The failure that something else was expected here.
    func wrong(_ expected: String) -> Failure {
        let place = path.isEmpty ? "the document" : path
        let found = value.text
        let shown = found.count > 60 ? found.prefix(60) + "…" : found
        return .data("\(source): \(place) is \(shown): it must be \(expected)")
    }
}
