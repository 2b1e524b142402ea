/// A line of a plan that is read word by word.
struct PlanLine {
    let number: Int
    /// What follows the first word, as it was written.
    let rest: String
    private var words: ArraySlice<Substring>

    /// A line without its comment; nil where nothing is left.
    init?(_ text: Substring, number: Int) {
        self.number = number
        let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        guard let first = words.first, !first.hasPrefix("#") else { return nil }
        var rest = text[first.endIndex...]
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        self.rest = String(rest.drop { $0.isWhitespace })
        let end = words.firstIndex { $0.hasPrefix("#") } ?? words.endIndex
        self.words = PlanLine.spaced(words[..<end])[...]
    }

    /// Sets bars and arrows apart that were written without space around them.
    private static func spaced(_ words: ArraySlice<Substring>) -> [Substring] {
        var result: [Substring] = []
        for word in words {
            var part = word
            while let mark = part.firstIndex(where: { $0 == "|" || $0 == ">" }) {
                if mark > part.startIndex { result.append(part[..<mark]) }
                result.append(part[mark...mark])
                part = part[part.index(after: mark)...]
            }
            if !part.isEmpty { result.append(part) }
        }
        return result
    }

    func error(_ reason: String) -> PlanTextError {
        PlanTextError(line: number, reason: reason)
    }

    // MARK: Words

    /// The next word, which stays.
    var first: Substring? { words.first }

    /// Takes the next word.
    mutating func next() -> Substring? { words.popFirst() }

    /// Takes the next word if it is this one.
    mutating func take(_ word: String) -> Bool {
        guard let first = words.first, first == word else { return false }
        words.removeFirst()
        return true
    }

    /// Takes the next word as what a reading makes of it.
    mutating func value<Value>(
        _ expected: String, _ read: (Substring) -> Value?
    ) throws(PlanTextError) -> Value {
        guard let word = words.popFirst() else {
            throw error("the line ends where \(expected) is expected")
        }
        guard let value = read(word) else { throw error("expected \(expected), not '\(word)'") }
        return value
    }

    /// Takes a word that must be there.
    mutating func demand(_ word: String, _ expected: String) throws(PlanTextError) {
        guard take(word) else {
            throw error("expected '\(expected)'\(words.first.map { ", not '\($0)'" } ?? "")")
        }
    }

    /// Nothing may be left.
    func end() throws(PlanTextError) {
        guard let word = words.first else { return }
        throw error("'\(word)' is too much on this line")
    }

    // MARK: What lines are made of

    mutating func time() throws(PlanTextError) -> UInt64 {
        try value("a time such as 12.5s, 300ms or 40us", PlanLiteral.time)
    }

    mutating func node() throws(PlanTextError) -> Int {
        try value("a node such as n1") { PlanLiteral.index("n", $0) }
    }

    mutating func nodes() throws(PlanTextError) -> [Int] {
        try value("nodes such as n1,n2", PlanLine.nodes)
    }

    static func nodes(_ text: Substring) -> [Int]? {
        let names = text.split(separator: ",", omittingEmptySubsequences: false)
        let nodes = names.compactMap { PlanLiteral.index("n", $0) }
        return nodes.count == names.count ? nodes : nil
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _: Choice.Type
    ) throws(PlanTextError) -> Choice where Choice.RawValue == String {
        try value(PlanLine.oneOf(Choice.allCases.map(\.rawValue))) { Choice(rawValue: String($0)) }
    }

    mutating func flag(_ yes: String, _ no: String) throws(PlanTextError) -> Bool {
        try value(PlanLine.oneOf([yes, no])) { $0 == yes ? true : $0 == no ? false : nil }
    }

    /// Takes `name=value`.
    mutating func setting<Value>(
        _ name: String, _ expected: String, _ read: (Substring) -> Value?
    ) throws(PlanTextError) -> Value {
        try value("\(name)=… with \(expected)") { word in
            word.hasPrefix(name + "=") ? read(word.dropFirst(name.count + 1)) : nil
        }
    }

    /// Takes `down=3s`.
    mutating func down() throws(PlanTextError) -> UInt64 {
        try setting("down", "a time such as 3s", PlanLiteral.time)
    }

    /// Takes `for 3s`.
    mutating func duration() throws(PlanTextError) -> UInt64 {
        try demand("for", "for 3s")
        return try time()
    }

    /// Takes `n1 > n2`.
    mutating func pair() throws(PlanTextError) -> (from: Int, to: Int) {
        let from = try node()
        try demand(">", "n1 > n2")
        return (from, try node())
    }

    static func oneOf(_ words: [String]) -> String { listed(words, "or") }

    /// Words as a sentence lists them: `a, b or c`.
    static func listed(_ words: [String], _ last: String) -> String {
        guard words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " \(last) " + (words.last ?? "")
    }
}
