import Pages

/// How the results were obtained, and what they do not tell.
struct ReportMethod {
    let data: ReportData

    /// The part of the page.
    var section: ReportSection {
        ReportSection(
            name: "method", title: "Settings and method",
            introduction: """
                What the inputs say about themselves, how such results are obtained, and what \
                they leave out.
                """,
            content: inputs + methods + caveats + sources)
    }

    private var inputs: String {
        let rows = data.documents.flatMap { document in
            document.facts.map { [document.name, document.kind.rawValue, $0.name, $0.value] }
        }
        guard !rows.isEmpty else { return "" }
        return "<h3>Inputs</h3>\n"
            + HTML.wideTable(
                caption: "What the inputs say about themselves",
                head: ["input", "kind", "what", "value"], rows: rows)
    }

    private var methods: String {
        let texts: [(ReportKind, String)] = [
            (
                .predicted,
                """
                the WARS model: for each replica and trial, the delays of the write, its \
                acknowledgement, the read and its response are drawn, and the trial tells whether \
                all of the first r answers came from before the write. Intervals are from the \
                number of trials; k-staleness is the closed form.
                """
            ),
            (
                .simulated,
                """
                the code of the real nodes, in a simulated network with the same distributions \
                of delays and simulated time. The simulator sees every message, so it knows which \
                reads were stale, and why.
                """
            ),
            (
                .measured,
                """
                clients write values that occur once and read them back from a running ring. \
                Which reads were stale follows from the clients' own histories. Each such \
                prediction uses the one-way delays that the nodes measured in the same minutes.
                """
            ),
        ]
        let entries = texts.filter { kind, _ in data.kinds.contains(kind) }.map { kind, text in
            "<dt>\(kind.rawValue.capitalizedFirst)</dt><dd>\(text)</dd>"
        }
        return "<h3>How it was obtained</h3>\n<dl class=\"prose\">\(entries.joined())</dl>\n"
    }

    private var caveats: String {
        var texts: [String] = []
        if data.kinds.contains(.predicted) {
            texts.append(
                "The model leaves out read repair, hints, failures and queues; it treats delays "
                    + "as independent of each other.")
        }
        if data.kinds.contains(.measured) {
            texts.append(
                "A measurement tells of its ring, its load and its minutes. Delays between hosts "
                    + "are only as good as the agreement of their clocks.")
        }
        if data.kinds.contains(.simulated) {
            texts.append(
                "A simulation has the delays it was given: no queues in processors, and a disk "
                    + "only as far as the model has one.")
        }
        texts.append("95 % intervals miss the true value in one case of twenty, by chance.")
        let notes = data.results.compactMap { result in
            result.note.map { "\(result.setting.title), \(result.label): \($0)" }
        }
        let entries = (texts + notes).map { "<li>\(HTML.escape($0))</li>" }.joined()
        return "<h3>What to keep in mind</h3>\n<ul>\(entries)</ul>\n"
    }

    private var sources: String {
        """
        <h3>Sources</h3>
        <ul><li>P. Bailis, S. Venkataraman, M. J. Franklin, J. M. Hellerstein, I. Stoica: \
        <cite>Probabilistically Bounded Staleness for Practical Partial Quorums</cite>. \
        PVLDB 5(8), 2012; also CACM 57(8), 2014.</li>
        <li>E. B. Wilson: <cite>Probable Inference, the Law of Succession, and Statistical \
        Inference</cite>. JASA 22(158), 1927 (intervals of shares).</li></ul>

        """
    }
}

extension String {
    /// With a capital letter at its start.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
