import Pages

/// A picture with its name above and its numbers below.
struct ReportFigure {
    let title: String
    /// The picture; several where the page lets readers choose.
    let picture: String
    let head: [String]
    let rows: [[String]]

    var html: String {
        """
        <figure class="panel"><figcaption>\(HTML.escape(title))</figcaption>
        \(picture)
        <details><summary>Numbers<span class="unseen"> of: \(HTML.escape(title))</span></summary>
        \(HTML.wideTable(caption: title, head: head, rows: rows))</details></figure>

        """
    }
}

/// A part of the page under a heading.
struct ReportSection {
    /// A name for links to it.
    let name: String
    let title: String
    /// What is to be seen, in plain words.
    let introduction: String
    let content: String

    var html: String {
        """
        <section id="\(name)" aria-labelledby="\(name)-heading">
        <h2 id="\(name)-heading">\(HTML.escape(title))</h2>
        <p>\(introduction)</p>
        \(content)
        </section>

        """
    }
}
