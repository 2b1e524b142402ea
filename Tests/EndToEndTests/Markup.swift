import Foundation
import FoundationXML

/// A page, taken apart by a strict parser: what browsers forgive is an error here.
final class Markup: NSObject, XMLParserDelegate {
    struct Element {
        let name: String
        let attributes: [String: String]
        let parent: Int?
        /// With a space for each that does not break.
        var text = ""
    }

    private(set) var elements: [Element] = []
    /// What is wrong with it.
    private(set) var problems: [String] = []
    private var open: [Int] = []

    init(_ bytes: [UInt8]) {
        super.init()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = self
        if !parser.parse() {
            let reason = parser.parserError.map { "\($0)" } ?? "no reason given"
            problems.append("line \(parser.lineNumber): not well-formed: \(reason)")
        }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        elements.append(Element(name: name, attributes: attributes, parent: open.last))
        open.append(elements.count - 1)
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        let plain = text.replacingOccurrences(of: "\u{a0}", with: " ")
        for index in open { elements[index].text += plain }
    }

    /// The elements of a name, in the order of the page.
    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    /// The elements of a name right within another.
    func children(of parent: Int, _ name: String) -> [Element] {
        elements.filter { $0.parent == parent && $0.name == name }
    }

    /// Rules for people who cannot see the page, and for pages without a network.
    func check() -> [String] {
        problems + names() + references() + headings() + pictures() + tables() + foreign()
    }

    // MARK: Rules

    private var identifiers: [String] { elements.compactMap { $0.attributes["id"] } }

    private func names() -> [String] {
        let counts = Dictionary(identifiers.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.filter { $0.value > 1 }.keys.sorted().map { "id \($0) occurs twice" }
    }

    private func references() -> [String] {
        let known = Set(identifiers)
        var wanted = elements.flatMap { element in
            ["aria-labelledby", "aria-describedby"].compactMap { element.attributes[$0] }
        }
        wanted += elements.compactMap { $0.attributes["href"] }.filter { $0.hasPrefix("#") }
            .map { String($0.dropFirst()) }
        return wanted.filter { !known.contains($0) }.map { "nothing has the id \($0)" }
    }

    private func headings() -> [String] {
        var problems: [String] = []
        var last = 0
        for element in elements where ["h1", "h2", "h3", "h4"].contains(element.name) {
            let level = Int(element.name.dropFirst()) ?? 0
            if level > last + 1 {
                problems.append("\(element.name) '\(element.text)' skips a level")
            }
            last = level
        }
        if all("h1").count != 1 { problems.append("\(all("h1").count) headings of level 1") }
        if all("main").count != 1 { problems.append("\(all("main").count) main parts") }
        if all("html").first?.attributes["lang"] == nil { problems.append("no language") }
        return problems
    }

    private func pictures() -> [String] {
        elements.indices.filter { elements[$0].attributes["role"] == "img" }.flatMap { index in
            ["title", "desc"].compactMap { part in
                let text = children(of: index, part).first?.text ?? ""
                return text.isEmpty ? "a picture has no \(part)" : nil
            }
        }
            + elements.indices.filter { elements[$0].name == "figure" }.compactMap { index in
                children(of: index, "details").isEmpty ? "a figure has no numbers" : nil
            }
    }

    private func tables() -> [String] {
        var problems = all("th").filter { $0.attributes["scope"] == nil }
            .map { "the head '\($0.text)' has no scope" }
        for index in elements.indices where elements[index].name == "table" {
            if children(of: index, "caption").isEmpty { problems.append("a table has no caption") }
        }
        return problems
    }

    /// What would have to be fetched, or run.
    private func foreign() -> [String] {
        var problems: [String] = []
        for element in elements {
            if ["script", "link", "iframe", "img", "object"].contains(element.name) {
                problems.append("there is a \(element.name)")
            }
            for (name, value) in element.attributes {
                if name.hasPrefix("on") || name == "src" { problems.append("attribute \(name)") }
                if name == "href", !value.hasPrefix("#") { problems.append("link to \(value)") }
                if ["x", "y", "d", "width", "height", "cx", "points"].contains(name),
                    value.contains("nan") || value.contains("inf")
                {
                    problems.append("\(name) is \(value)")
                }
            }
        }
        return problems
    }
}
