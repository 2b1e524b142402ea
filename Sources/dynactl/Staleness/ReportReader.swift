import FoundationEssentials
import Glibc
import Pages

/// Reads the inputs of a report: what `predict`, `simulate` and `measure` write with `--json`.
///
/// What is there must be right; what is missing, or null, is left out of the page.
struct ReportReader {
    /// The most bytes of one input.
    static let bytesMax = 64 << 20

    /// Reads one file; `-` is standard input.
    static func read(_ path: String) throws(Failure) -> ReportDocument {
        let bytes = try contents(of: path)
        guard bytes.count <= bytesMax else {
            throw .data("\(path): the file has more than \(bytesMax >> 20) MiB")
        }
        let name = path == "-" ? "standard input" : path
        let value: JSON
        do {
            value = try JSONDecoder().decode(JSON.self, from: Data(bytes))
        } catch {
            throw .data("\(name): this is no JSON document")
        }
        return try document(ReportField(source: name, path: "", value: value))
    }

    private static func contents(of path: String) throws(Failure) -> [UInt8] {
        if path == "-" {
            return try FileDescriptors.readAll(from: STDIN_FILENO, limit: bytesMax)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .inputOutput("\(path): cannot be read: \(errorText(errno))")
        }
        defer { close(descriptor) }
        do throws(Failure) {
            return try FileDescriptors.readAll(from: descriptor, limit: bytesMax)
        } catch {
            throw Failure(error.message.map { "\(path): \($0)" }, exitCode: error.exitCode)
        }
    }

    /// Reads one document of any kind.
    static func document(_ root: ReportField) throws(Failure) -> ReportDocument {
        let kind = try root.required("kind")
        switch try kind.text() {
        case "prediction", "predictions": return try predictions(root)
        case "simulation": return try simulation(root)
        case "measurement": return try measurement(root)
        default:
            throw kind.wrong("'prediction', 'predictions', 'simulation' or 'measurement'")
        }
    }

    // MARK: Kinds

    private static func predictions(_ root: ReportField) throws(Failure) -> ReportDocument {
        var document = ReportDocument(source: root.source, kind: .predicted)
        document.facts = try facts(
            root, [("model", "model"), ("trials", "trials"), ("seed", "seed")])
        let several = try root["results"]?.elements() ?? [root]
        if let first = several.first {
            document.facts += try facts(first, [("coordinators", "coordinators")])
        }
        let model = try root["model"]?.text()
        for field in several {
            document.results.append(try prediction(field, basis: model))
        }
        return document
    }

    private static func simulation(_ root: ReportField) throws(Failure) -> ReportDocument {
        var document = ReportDocument(source: root.source, kind: .simulated)
        document.facts = try facts(
            root,
            [
                ("model", "model"), ("nodes", "nodes"), ("seed", "seed"),
                ("virtualSeconds", "simulated seconds"), ("writes", "writes"), ("reads", "reads"),
            ])
        let basis = try root["model"]?.text() ?? "unnamed model"
        for field in try root.required("results").elements() {
            var result = try result(field, .simulated, basis: basis)
            result.causes = try causes(field)
            try append(result, field, to: &document)
        }
        return document
    }

    private static func measurement(_ root: ReportField) throws(Failure) -> ReportDocument {
        var document = ReportDocument(source: root.source, kind: .measured)
        document.facts = try facts(
            root,
            [
                ("cluster", "cluster"), ("started", "started"), ("nodes", "nodes"),
                ("seconds", "seconds"),
            ])
        if let load = root["load"] {
            document.facts += try facts(
                load,
                [
                    ("operations", "operations"), ("readsPerSecond", "reads per second"),
                    ("writesPerSecond", "writes per second"), ("bytes", "bytes per value"),
                    ("shareOfRing", "this load's share of all requests of the ring"),
                    ("lateReads", "late reads"),
                    ("failures", "failures"),
                ])
        }
        for field in try root.list("delays") {
            document.delays.append(try delays(field))
        }
        let basis = try root["cluster"].map { field throws(Failure) in "ring \(try field.text())" }
        for field in try root.required("results").elements() {
            try append(
                try result(field, .measured, basis: basis ?? "ring"), field, to: &document)
        }
        return document
    }

    /// Keeps something observed, and the prediction that came with it.
    private static func append(
        _ result: ReportResult, _ field: ReportField, to document: inout ReportDocument
    ) throws(Failure) {
        document.results.append(result)
        guard let own = field["prediction"] else { return }
        var predicted = try prediction(own, basis: result.basis)
        // The delays of a ring have coordinators among the replicas anyway.
        if result.kind == .measured { predicted.variant = [] }
        document.pairs.append(ReportPair(observed: result, predicted: predicted))
        if !document.results.contains(where: predicted.repeats) {
            document.results.append(predicted)
        }
    }

    private static func facts(
        _ object: ReportField, _ names: [(field: String, shown: String)]
    ) throws(Failure) -> [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        for (name, shown) in names {
            guard let field = object[name] else { continue }
            switch field.value {
            case .integer(let number) where name != "seed":
                facts.append((shown, NumberText.grouped(Int(number))))
            case .number(let number): facts.append((shown, ReportNumber.significant(number)))
            case .array(let values):
                facts.append((shown, values.map(\.plain).joined(separator: ", ")))
            default:
                let text = field.value.plain
                facts.append((shown, text.isEmpty ? "none" : text))
            }
        }
        return facts
    }
}
