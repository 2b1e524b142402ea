/// Everything that a report shows.
struct ReportData {
    let documents: [ReportDocument]
    /// Every result once, in the order of the settings.
    let results: [ReportResult]
    let comparisons: [ReportComparison]
    let series: ReportSeries

    init(_ documents: [ReportDocument]) {
        self.documents = documents
        var results: [ReportResult] = []
        for result in documents.flatMap(\.results) {
            let isKnown = result.kind == .predicted && results.contains(where: result.repeats)
            if !isKnown { results.append(result) }
        }
        self.results = results
        series = ReportSeries(results)
        comparisons = ReportData.comparisons(documents, results)
    }

    /// The settings there are, in order.
    var settings: [ReportSetting] { ReportData.distinct(results.map(\.setting)).sorted() }

    /// The results of a setting, predictions first.
    func results(of setting: ReportSetting) -> [ReportResult] {
        ReportKind.allCases.flatMap { kind in
            results.filter { $0.setting == setting && $0.kind == kind }
        }
    }

    /// These settings in a sentence: all of them where they are few.
    func list(_ settings: [ReportSetting]) -> String {
        guard settings.count > 6 else { return settings.map(\.title).joined(separator: "; ") }
        return "the other \(settings.count) choices of n, r and w"
    }

    /// The kinds of results there are.
    var kinds: [ReportKind] {
        ReportKind.allCases.filter { kind in results.contains { $0.kind == kind } }
    }

    static func distinct<Element: Equatable>(_ elements: [Element]) -> [Element] {
        var distinct: [Element] = []
        for element in elements where !distinct.contains(element) { distinct.append(element) }
        return distinct
    }

    /// Each observation beside the prediction that came with it, or the one with the same delays.
    ///
    /// A prediction with other delays is about another system, and one without repair or faults
    /// about another run: they are shown, not compared.
    private static func comparisons(
        _ documents: [ReportDocument], _ results: [ReportResult]
    ) -> [ReportComparison] {
        documents.flatMap { document in
            let paired = document.pairs.map(\.observed)
            let own = document.pairs.filter(\.isComparable).map {
                ReportComparison($0.observed, $0.predicted)
            }
            let others = document.results.compactMap { observed -> ReportComparison? in
                guard observed.kind != .predicted, observed.isModelled,
                    !paired.contains(where: observed.repeats)
                else { return nil }
                let predictions = results.filter {
                    $0.kind == .predicted && $0.setting == observed.setting
                        && $0.basis == observed.basis
                }
                let predicted = predictions.first(where: \.isAmongReplicas) ?? predictions.first
                return predicted.map { ReportComparison(observed, $0) }
            }
            return own + others
        }
    }
}
