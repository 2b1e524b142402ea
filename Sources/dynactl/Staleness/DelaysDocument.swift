import Staleness

/// Reads the documents that a model can be made of: fits, and delays that a ring measured.
struct DelaysDocument {
    private let json: JSON

    /// Reads a document that was parsed; `kind` is looked at first.
    init(_ json: JSON) {
        self.json = json
    }

    /// What is in a document.
    enum Content {
        case fit(DelayFit)
        case measured(MeasuredDelays)
    }

    /// The content; fails with what is wrong in which field.
    func content() throws(Failure) -> Content {
        switch json["kind"]?.quoted {
        case "fit": return .fit(try fit())
        case "delays": return .measured(try measured())
        case let other:
            throw .data(
                "the field 'kind' is \(other.map { "'\($0)'" } ?? "missing"): it must be 'fit' or "
                    + "'delays'")
        }
    }

    // MARK: - Fits

    private func fit() throws(Failure) -> DelayFit {
        guard let name = json["name"]?.quoted, !name.isEmpty else {
            throw .data("the field 'name' must be a text that names the fit")
        }
        var fit = DelayFit(
            name: name, write: try distribution("write"),
            acknowledgement: try distribution("acknowledgement"),
            read: try distribution("read"), response: try distribution("response"))
        if let remote = json["remoteMilliseconds"] {
            guard let milliseconds = remote.double, milliseconds >= 0 else {
                throw .data("the field 'remoteMilliseconds' must be a number of at least 0")
            }
            fit.remoteMilliseconds = milliseconds
        }
        if json["localWrite"] != nil { fit.localWrite = try distribution("localWrite") }
        if json["localRead"] != nil { fit.localRead = try distribution("localRead") }
        return fit
    }

    private func distribution(_ name: String) throws(Failure) -> DelayDistribution {
        guard let elements = json[name]?.elements else {
            throw .data("the field '\(name)' must be an array of components")
        }
        var parts: [DelayDistribution.Part] = []
        for element in elements {
            let component = try component(of: element, in: name)
            let weight = element["weight"].map(\.double) ?? 1
            guard let weight else { throw .data("a 'weight' in '\(name)' must be a number") }
            parts.append(.init(weight: weight, component: component))
        }
        if let problem = DelayDistribution.problem(with: parts) {
            throw .data("the field '\(name)': \(problem)")
        }
        return DelayDistribution(parts)
    }

    private func component(
        of element: JSON, in name: String
    ) throws(Failure) -> DelayComponent {
        func number(_ kind: String, _ field: String) throws(Failure) -> Double {
            guard let number = element[kind]?[field]?.double else {
                throw .data("a '\(kind)' in '\(name)' needs the number '\(field)'")
            }
            return number
        }
        if element["pareto"] != nil {
            return .pareto(
                scale: try number("pareto", "scale"), shape: try number("pareto", "shape"))
        }
        if element["exponential"] != nil {
            return .exponential(rate: try number("exponential", "rate"))
        }
        if element["constant"] != nil {
            return .constant(try number("constant", "milliseconds"))
        }
        if element["uniform"] != nil {
            return .uniform(low: try number("uniform", "low"), high: try number("uniform", "high"))
        }
        if element["logNormal"] != nil {
            return .logNormal(
                median: try number("logNormal", "median"), sigma: try number("logNormal", "sigma"))
        }
        throw .data(
            "a component in '\(name)' must be one of pareto, exponential, constant, uniform and "
                + "logNormal")
    }

    // MARK: - Measured delays

    private func measured() throws(Failure) -> MeasuredDelays {
        let names = (json["nodes"]?.elements ?? []).compactMap(\.quoted)
        guard !names.isEmpty, Set(names).count == names.count else {
            throw .data("the field 'nodes' must be an array of different names")
        }
        guard let elements = json["pairs"]?.elements else {
            throw .data("the field 'pairs' must be an array")
        }
        var pairs: [MeasuredDelays.Pair] = []
        for element in elements {
            guard let from = names.firstIndex(where: { $0 == element["from"]?.quoted }),
                let to = names.firstIndex(where: { $0 == element["to"]?.quoted })
            else {
                throw .data("'from' and 'to' of every pair must be names in 'nodes'")
            }
            var pair = MeasuredDelays.Pair(from: from, to: to)
            pair.write = try histogram(element["write"])
            pair.acknowledgement = try histogram(element["acknowledgement"])
            pair.read = try histogram(element["read"])
            pair.response = try histogram(element["response"])
            pairs.append(pair)
        }
        return MeasuredDelays(nodes: names, pairs: pairs)
    }

    /// Buckets of whole microseconds, both ends included, become continuous milliseconds.
    private func histogram(_ json: JSON?) throws(Failure) -> [DelayBucket] {
        var buckets: [DelayBucket] = []
        for row in json?["microseconds"]?.elements ?? [] {
            let numbers = (row.elements ?? []).compactMap(\.double)
            guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 && $0 < 1e15 }) else {
                throw .data("'microseconds' must be an array of [low, high, count]")
            }
            buckets.append(
                DelayBucket(
                    low: numbers[0] / 1000, high: (numbers[1] + 1) / 1000,
                    count: UInt64(numbers[2])))
        }
        guard buckets.contains(where: { $0.count > 0 }) else { return [] }
        if let problem = DelayComponent.measured(buckets).problem { throw .data(problem) }
        return buckets
    }
}

extension JSON {
    fileprivate var quoted: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    fileprivate var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
