/// JSON text from a node, shown as it is or as a report.
struct Answer {
    /// The text.
    let text: String
    /// The fields that lead in a report, in this order.
    let first: [String]

    /// Writes it to standard output.
    func show(asJSON: Bool) throws(Failure) {
        let document = try JSON.parse(answer: text)
        let isOneLine = !text.utf8.contains(0x0a)
        try Output.line(
            asJSON ? (isOneLine ? text : document.text) : Report(document, first: first).text)
    }
}
