import ArgumentParser
import FoundationEssentials
import Staleness

/// Which delays to predict from, and with how many trials.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A published fit (\(ModelOptions.names)), or a file.",
            discussion: """
                A file holds the JSON of a fit, or delays that a ring measured \
                ('dynactl staleness delays --json').
                """,
            valueName: "name|file"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Where coordinators are: 'outside' or 'replica'.",
            discussion: """
                'outside' is the paper's: none is a replica. 'replica' is this store's: the \
                writer's is one of the replicas, the reader's any node. Measured delays are \
                always 'replica'.
                """,
            valueName: "place"))
    var coordinators: WARSModel.Coordinators?

    @Option(
        help: ArgumentHelp(
            "How many nodes a fit has with --coordinators replica [n].", valueName: "count"))
    var nodes: Int?

    @Option(help: ArgumentHelp("How many writes and reads to play.", valueName: "count"))
    var trials = 1_000_000

    @Option(help: ArgumentHelp("Which random numbers to draw.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Threads, one per processor by default; the result does not depend on it.",
            valueName: "count"))
    var threads: Int?

    static let names = PublishedFit.allCases.map(\.rawValue).joined(separator: ", ")

    /// What plays the trials.
    func player() throws(Failure) -> WARSPlayer {
        guard (1...WARSTrials.trialsMax).contains(trials) else {
            throw .usage("--trials is \(trials): it must be from 1 to \(WARSTrials.trialsMax)")
        }
        if let threads, !(1...1024).contains(threads) {
            throw .usage("--threads is \(threads): it must be from 1 to 1024")
        }
        return WARSPlayer(trials: trials, seed: seed, threads: threads)
    }

    /// The delays that were chosen; contradicting options fail.
    func source() throws(Failure) -> ModelSource {
        guard let model else {
            throw .usage("give --model: one of \(ModelOptions.names), or a file")
        }
        let content: DelaysDocument.Content
        if let published = PublishedFit(rawValue: model) {
            content = .fit(published.fit)
        } else {
            content = try ModelOptions.read(model)
        }
        var source = ModelSource(
            name: model, content: content, coordinators: coordinators ?? .outside, nodes: nodes)
        if case .measured(let delays) = content {
            guard coordinators != .outside, nodes == nil else {
                throw .usage(
                    "\(model) was measured with coordinators among its \(delays.nodes.count) "
                        + "nodes: leave out --coordinators outside and --nodes")
            }
            source.coordinators = .replica
        } else if nodes != nil, coordinators != .replica {
            throw .usage("--nodes goes with --coordinators replica: outsiders see replicas only")
        }
        return source
    }

    private static func read(_ path: String) throws(Failure) -> DelaysDocument.Content {
        guard FileManager.default.fileExists(atPath: path) else {
            throw .usage("there is no model '\(path)': give one of \(names), or a file")
        }
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw .inputOutput("\(path): cannot be read: \(Paths.reason(error))")
        }
        guard let json = try? JSONDecoder().decode(JSON.self, from: data) else {
            throw .data("\(path): this is no JSON document")
        }
        do throws(Failure) {
            return try DelaysDocument(json).content()
        } catch {
            throw .data("\(path): \(error.message ?? "")")
        }
    }
}

/// The delays of a model before n is known.
struct ModelSource {
    /// What the model is called.
    let name: String
    /// The delays.
    let content: DelaysDocument.Content
    /// Where coordinators are, for a fit.
    var coordinators: WARSModel.Coordinators
    /// How many nodes a fit has; nil for n.
    let nodes: Int?

    /// The most replicas that there can be.
    var replicasMax: Int {
        let all = if case .measured(let delays) = content { delays.nodes.count } else { nodes }
        return min(all ?? WARSModel.replicasMax, WARSModel.replicasMax)
    }

    /// The model for n replicas; notices go to standard error, unless they were told before.
    func model(n: Int, isFirst: Bool = true) throws(Failure) -> WARSModel {
        guard (1...replicasMax).contains(n) else {
            throw .usage("n is \(n): with this model it must be from 1 to \(replicasMax)")
        }
        switch content {
        case .fit(let fit):
            return WARSModel(fit, n: n, nodes: nodes ?? n, coordinators: coordinators)
        case .measured(let delays):
            do throws(TooFewSamples) {
                let (model, notices) = try delays.model(named: name, n: n)
                for notice in notices where isFirst { Output.notice("\(name): \(notice)") }
                return model
            } catch {
                throw .data("\(name): \(error)")
            }
        }
    }
}

extension WARSModel.Coordinators: ExpressibleByArgument {}
