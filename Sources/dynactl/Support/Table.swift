/// Lines of cells under titles, for a person.
struct Table {
    private let titles: [String]
    private let rows: [[String]]

    /// A table of objects: a column for each field, `first` leading, others in their own order.
    ///
    /// A field that no object has makes no column.
    init(of objects: [JSON], first: [String]) {
        var names: [String] = []
        for case .object(let fields) in objects {
            for field in fields where !names.contains(field.name) {
                names.append(field.name)
            }
        }
        let leading = first.filter(names.contains)
        let columns = leading + names.filter { !leading.contains($0) }
        titles = columns.map { Table.words($0).uppercased() }
        rows = objects.map { object in columns.map { object[$0]?.plain ?? "-" } }
    }

    /// The lines, without a line end behind the last.
    var text: String {
        let widths = titles.indices.map { column in
            ([titles] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([titles] + rows).map { Table.line($0, widths) }.joined(separator: "\n")
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let padding = isLast ? 0 : widths[index] - cell.count + 2
            line += cell + String(repeating: " ", count: padding)
        }
        return line
    }

    /// The words of a name such as `ringVersion`.
    static func words(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            text += character.isUppercase ? " " + character.lowercased() : String(character)
        }
    }
}

/// Tells what a node answered to a person: single values as lines, lists of objects as tables.
struct Report {
    private let document: JSON
    private let first: [String]

    /// A report on a document in which the fields named by `first` lead.
    init(_ document: JSON, first: [String]) {
        self.document = document
        self.first = first
    }

    /// The lines, without a line end behind the last.
    var text: String {
        guard case .object(let fields) = document else { return document.plain }
        let ordered =
            first.compactMap { name in fields.first { $0.name == name } }
            + fields.filter { !first.contains($0.name) }
        var lines: [String] = []
        var tables: [String] = []
        for field in ordered {
            if let elements = field.value.elements, case .object? = elements.first {
                tables.append(Table(of: elements, first: first).text)
            } else {
                let text = field.value.plain
                lines.append("\(Table.words(field.name)): \(text.isEmpty ? "none" : text)")
            }
        }
        return ((lines.isEmpty ? [] : [lines.joined(separator: "\n")]) + tables)
            .joined(separator: "\n\n")
    }
}
