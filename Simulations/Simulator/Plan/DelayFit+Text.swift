import Primitives
import Staleness

// How long the messages of requests take, as a plan writes it: the name of a published fit, or the
// four distributions, each a sum of weighted components:
//
//     delays lnkd-disk
//     delays name=mine write=0.9*pareto(0.2,10)+0.1*exponential(1.6) acknowledgement=constant(1) …
extension DelayFit {
    /// What may stand in a plan, for whoever wrote something else.
    static let expected =
        PlanLine.oneOf(PublishedFit.allCases.map(\.rawValue))
        + ", or name=… write=… acknowledgement=… read=… response=… with distributions such as "
        + "0.9*pareto(0.2,10)+0.1*exponential(1.6)"

    /// The words of a plan.
    var text: String {
        if let published = PublishedFit(rawValue: name), published.fit == self { return name }
        let legs = [
            "name=" + name, "write=" + write.text, "acknowledgement=" + acknowledgement.text,
            "read=" + read.text, "response=" + response.text,
        ]
        let remote = remoteMilliseconds.map { ["remote=" + PlanLiteral.text(number: $0) + "ms"] }
        return (legs + (remote ?? [])).joined(separator: " ")
    }

    /// Reads the words behind `delays`.
    init(_ line: inout PlanLine) throws(PlanTextError) {
        if let word = line.first, let published = PublishedFit(rawValue: String(word)) {
            _ = line.next()
            self = published.fit
            return
        }
        let name = try line.setting("name", DelayFit.expected) { String($0) }
        func leg(_ name: String, _ line: inout PlanLine) throws(PlanTextError) -> DelayDistribution
        {
            try line.setting(name, DelayFit.expected, DelayDistribution.init(text:))
        }
        self.init(
            name: name, write: try leg("write", &line),
            acknowledgement: try leg("acknowledgement", &line), read: try leg("read", &line),
            response: try leg("response", &line))
        guard line.first != nil else { return }
        remoteMilliseconds = try line.setting("remote", "milliseconds such as 75ms") { word in
            word.hasSuffix("ms") ? PlanLiteral.number(word.dropLast(2)) : nil
        }
    }

    /// A distance from an acknowledgement at which few reads are stale: what all but one in two
    /// thousand writes take to a replica, and half of it again.
    package var usualSpanMilliseconds: Double {
        var random = RandomStream(root: 1, name: "span")
        let sampler = DelaySampler(self)
        let draws = (0..<40_000).map { _ in sampler.milliseconds(.write, using: &random) }
        return max(1, (draws.sorted()[39_980] * 1.5).rounded())
    }
}

extension DelayDistribution {
    fileprivate var text: String {
        parts.map { part in
            let weight = part.weight == 1 ? "" : PlanLiteral.text(number: part.weight) + "*"
            return weight + part.component.text
        }.joined(separator: "+")
    }

    /// Nil where it cannot be read, or is impossible.
    fileprivate init?(text: Substring) {
        var parts: [Part] = []
        for word in text.split(separator: "+", omittingEmptySubsequences: false) {
            let factors = word.split(separator: "*", maxSplits: 1)
            let weight = factors.count == 2 ? PlanLiteral.number(factors[0]) : 1
            guard let weight, let name = factors.last,
                let component = DelayComponent(text: name)
            else { return nil }
            parts.append(Part(weight: weight, component: component))
        }
        guard DelayDistribution.problem(with: parts) == nil else { return nil }
        self.init(parts)
    }
}

extension DelayComponent {
    fileprivate var text: String {
        func call(_ name: String, _ numbers: [Double]) -> String {
            name + "(" + numbers.map { PlanLiteral.text(number: $0) }.joined(separator: ",") + ")"
        }
        switch self {
        case .pareto(let scale, let shape): return call("pareto", [scale, shape])
        case .exponential(let rate): return call("exponential", [rate])
        case .constant(let milliseconds): return call("constant", [milliseconds])
        case .uniform(let low, let high): return call("uniform", [low, high])
        case .logNormal(let median, let sigma): return call("log-normal", [median, sigma])
        case .measured(let buckets):
            return call(
                "measured", buckets.flatMap { [$0.low, $0.high, Double($0.count)] })
        }
    }

    fileprivate init?(text: Substring) {
        guard let open = text.firstIndex(of: "("), text.last == ")" else { return nil }
        let words = text[text.index(after: open)...].dropLast().split(separator: ",")
        let numbers = words.compactMap(PlanLiteral.number)
        guard numbers.count == words.count else { return nil }
        switch (text[..<open], numbers.count) {
        case ("pareto", 2): self = .pareto(scale: numbers[0], shape: numbers[1])
        case ("exponential", 1): self = .exponential(rate: numbers[0])
        case ("constant", 1): self = .constant(numbers[0])
        case ("uniform", 2): self = .uniform(low: numbers[0], high: numbers[1])
        case ("log-normal", 2): self = .logNormal(median: numbers[0], sigma: numbers[1])
        case ("measured", let count) where count % 3 == 0:
            self = .measured(
                stride(from: 0, to: count, by: 3).map { place in
                    DelayBucket(
                        low: numbers[place], high: numbers[place + 1],
                        count: UInt64(exactly: numbers[place + 2]) ?? 0)
                })
        default: return nil
        }
    }
}
