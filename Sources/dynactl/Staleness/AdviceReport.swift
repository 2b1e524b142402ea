import Primitives
import Staleness

/// Tells advice to a person or a program.
struct AdviceReport {
    let advice: Advice
    let target: StalenessTarget
    let source: ModelSource
    let player: WARSPlayer
    let reads: Double

    /// Whether any choice meets the target.
    var isMet: Bool { advice.best != nil }

    /// What read repair changes, of which the model knows nothing.
    static let repairNote = """
        The model knows no read repair: it says what is reached without. 'async' brings replicas \
        that a read found behind up to date and costs messages only then. 'blocking' makes reads \
        wait until max(n - r + 1, n / 2 rounded up) primaries store what is told, so that reads \
        never go back in time; how much later they are answered is not predicted. 'off' leaves \
        it to hints and anti-entropy.
        """

    /// The lines for a person.
    var text: String {
        let wanted = target.requirements.map(\.description).joined(separator: ", ")
        return """
            \(source.name), coordinators \(source.coordinators.rawValue); \
            \(player.trials) trials per n, seed \(player.seed)
            target: \(wanted)
            cost: messages per request, 2n, and answers it waits for, \(reads) of all being reads

            \(verdict)

            \(Table(of: advice.candidates.map(row), first: []).text)

            \(AdviceReport.repairNote)
            """
    }

    private var verdict: String {
        if let best = advice.best {
            return "advice: n=\(best.quorum.n) r=\(best.quorum.r) w=\(best.quorum.w) "
                + "readRepair=async"
        }
        guard let nearest = advice.nearest,
            let worst = nearest.outcomes.max(by: { $0.excess < $1.excess })
        else { return "nothing to choose from" }
        let quorum = nearest.quorum
        return "none meets the target. Nearest is n=\(quorum.n) r=\(quorum.r) w=\(quorum.w): "
            + "instead of \(worst.requirement) it reaches \(AdviceReport.reached(worst))"
    }

    private func row(_ candidate: AdviceCandidate) -> JSON {
        var fields: [(name: String, value: JSON)] = [
            ("n", .integer(Int64(candidate.quorum.n))), ("r", .integer(Int64(candidate.quorum.r))),
            ("w", .integer(Int64(candidate.quorum.w))),
            ("cost", .number(candidate.cost.rounded(significantDigits: 4))),
            ("survives", .integer(Int64(candidate.survives))),
            ("meets", .string(candidate.isMet ? "yes" : "no")),
        ]
        for outcome in candidate.outcomes {
            let mark = outcome.isMet ? "" : " !"
            fields.append(
                (outcome.requirement.description, .string(AdviceReport.reached(outcome) + mark)))
        }
        return .object(fields)
    }

    private static func reached(_ outcome: AdviceCandidate.Outcome) -> String {
        if case .fresh = outcome.requirement {
            let interval = Interval(low: outcome.low ?? 0, high: outcome.high ?? 1)
            return ShareText.value(Estimate(probability: outcome.value, interval: interval))
        }
        return MillisecondText.value(outcome.value, outcome.low, outcome.high)
    }

    /// The JSON document.
    var document: String {
        var json = JSONText()
        json.object { json in
            json.string("kind", "advice")
            json.string("model", source.name)
            json.array("target") { list in
                for requirement in target.requirements {
                    list.string(nil, requirement.description)
                }
            }
            json.number("reads", rounding: reads)
            json.number("trials", player.trials)
            json.number("seed", player.seed)
            json.string("coordinators", source.coordinators.rawValue)
            json.bool("met", isMet)
            AdviceReport.write(advice.best, as: "advice", into: &json)
            AdviceReport.write(isMet ? nil : advice.nearest, as: "nearest", into: &json)
            json.array("candidates") { list in
                for candidate in advice.candidates {
                    list.object { AdviceReport.write(candidate, into: &$0) }
                }
            }
            json.string("note", AdviceReport.repairNote)
        }
        return json.text
    }

    private static func write(
        _ candidate: AdviceCandidate?, as name: String, into json: inout JSONText
    ) {
        guard let candidate else {
            json.number(name, digits: "null")
            return
        }
        json.object(name) { json in
            json.number("n", candidate.quorum.n)
            json.number("r", candidate.quorum.r)
            json.number("w", candidate.quorum.w)
            json.string("readRepair", "async")
        }
    }

    private static func write(_ candidate: AdviceCandidate, into json: inout JSONText) {
        json.number("n", candidate.quorum.n)
        json.number("r", candidate.quorum.r)
        json.number("w", candidate.quorum.w)
        json.number("cost", rounding: candidate.cost)
        json.number("survives", candidate.survives)
        json.bool("met", candidate.isMet)
        json.array("requirements") { list in
            for outcome in candidate.outcomes {
                list.object { json in
                    json.string("requirement", outcome.requirement.description)
                    json.number("value", rounding: outcome.value)
                    json.number("low", rounding: outcome.low)
                    json.number("high", rounding: outcome.high)
                    json.bool("met", outcome.isMet)
                }
            }
        }
    }
}
