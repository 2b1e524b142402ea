import Glibc

/// What a report says in a few plain sentences, from the results alone.
struct ReportSummary {
    let data: ReportData

    /// The sentences, the most important first.
    var sentences: [String] {
        guard let main = headline else {
            return ["None of the inputs tells after how long reads see a write."]
        }
        return [visibility(main), atOnce(main), latency(main)].compactMap { $0 }
            + [agreement, latencyAgreement].compactMap { $0 }
    }

    /// The result to begin with: what most sources speak of, measured if possible, where it
    /// matters most.
    private var headline: ReportResult? {
        let known = data.results.filter { $0.visibility != nil }
        func weight(_ result: ReportResult) -> [Int] {
            let setting = result.setting
            let kinds = ReportKind.allCases.filter { kind in
                known.contains { $0.setting == setting && $0.kind == kind }
            }
            let kind = ReportKind.allCases.firstIndex(of: result.kind) ?? 0
            return [
                kinds.count, setting.isPartial ? 1 : 0, -setting.r - setting.w, -setting.n, kind,
            ]
        }
        var best: ReportResult?
        for result in known {
            guard let other = best else {
                best = result
                continue
            }
            if weight(other).lexicographicallyPrecedes(weight(result)) { best = result }
        }
        return best
    }

    private func visibility(_ main: ReportResult) -> String? {
        guard let visibility = main.visibility else { return nil }
        let level = ReportNumber.level(visibility.level)
        let setting = main.setting
        let start = "With n = \(setting.n), r = \(setting.r) and w = \(setting.w), "
        let interval = ReportNumber.interval(visibility)
        let doubt = interval.isEmpty ? "" : ", 95 % interval: \(interval)"
        let sources = ([ReportSummary.source(main) + doubt] + others(than: main)).joined(
            separator: "; ")
        switch visibility.milliseconds {
        case nil:
            return start + "fewer than \(level) of the reads saw an acknowledged write within "
                + "the time that was looked at (\(sources))."
        case 0:
            return start + "at least \(level) of the reads see a write as soon as it was "
                + "acknowledged (\(sources))."
        case let time?:
            return start + "\(level) of the reads that start \(ReportNumber.milliseconds(time)) "
                + "after a write was acknowledged see it (\(sources))."
        }
    }

    /// The same figure from other sources; the prediction that belongs to it rather than another.
    private func others(than main: ReportResult) -> [String] {
        ReportKind.allCases.compactMap { kind in
            guard kind != main.kind else { return nil }
            let candidates = data.results.filter {
                $0.kind == kind && $0.setting == main.setting && $0.visibility != nil
            }
            let own = candidates.first { $0.basis == main.basis }
            guard let other = own ?? candidates.first, let visibility = other.visibility else {
                return nil
            }
            let time =
                visibility.milliseconds.map { ReportNumber.milliseconds($0) }
                ?? "not within the time looked at"
            let basis = own == nil ? " with the delays of \(other.basis)" : ""
            return "\(kind.rawValue)\(basis): \(time)"
        }
    }

    private static func source(_ result: ReportResult) -> String {
        switch result.kind {
        case .predicted: "predicted with the delays of \(result.basis)"
        case .simulated: "simulated with the delays of \(result.basis)"
        case .measured: "measured on the \(result.basis)"
        }
    }

    private func atOnce(_ main: ReportResult) -> String? {
        guard let fresh = main.fresh, main.visibility?.milliseconds != 0 else { return nil }
        return "Of the reads that start at once, \(ReportNumber.percent(fresh.value)) do."
    }

    private func latency(_ main: ReportResult) -> String? {
        guard let read = main.readLatency?.p999, let write = main.writeLatency?.p999 else {
            return nil
        }
        return "One read in a thousand takes longer than \(ReportNumber.milliseconds(read)), one "
            + "write in a thousand longer than \(ReportNumber.milliseconds(write))."
    }

    // MARK: Agreement

    /// How far observations and predictions of freshness are apart.
    private var agreement: String? {
        let known = data.comparisons.compactMap { comparison in
            comparison.difference.map { (comparison, $0) }
        }
        guard let largest = known.max(by: { $0.1.size < $1.1.size }) else { return nil }
        let apart = known.filter { $0.1.isApart && $0.1.size >= ReportComparison.smallest }
        guard let (comparison, worst) = apart.max(by: { $0.1.size < $1.1.size }) else {
            let size = ReportNumber.points(largest.1.size)
            return "Observed and predicted freshness agree: the largest difference is \(size), "
                + "and where it is more than chance it is less than "
                + "\(ReportNumber.points(ReportComparison.smallest))."
        }
        let observed = comparison.observed
        return "Main disagreement: with \(observed.setting.title), "
            + "\(ReportNumber.milliseconds(worst.milliseconds)) after the acknowledgement, "
            + "\(ReportNumber.percent(worst.observed.value)) of the reads are fresh "
            + "(\(observed.label)), but \(ReportNumber.percent(worst.predicted.value)) were "
            + "predicted; the 95 % intervals do not meet."
    }

    /// The latency that differs most from its prediction, if it is far from it.
    private var latencyAgreement: String? {
        var worst: (text: String, factor: Double)?
        for comparison in data.comparisons {
            let (observed, predicted) = (comparison.observed, comparison.predicted)
            let pairs = [
                ("read", observed.readLatency?.p999, predicted.readLatency?.p999),
                ("write", observed.writeLatency?.p999, predicted.writeLatency?.p999),
            ]
            for (name, seen, expected) in pairs {
                guard let seen, let expected, seen > 0, expected > 0 else { continue }
                let factor = abs(log(seen / expected))
                guard factor > log(1.5), factor > worst?.factor ?? 0 else { continue }
                worst = (
                    "The latency farthest from its prediction: with \(observed.setting.title), "
                        + "the 99.9th percentile of a \(name) is "
                        + "\(ReportNumber.milliseconds(seen)) (\(observed.label)), predicted "
                        + "\(ReportNumber.milliseconds(expected)).", factor
                )
            }
        }
        return worst?.text
    }
}
