import ArgumentParser
import Primitives
import Staleness

/// Finds the cheapest sizes of quorums that meet a target.
struct StalenessAdvise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advise",
        abstract: "Find the cheapest n, r and w that meet a target.",
        discussion: """
            A target is \(StalenessTarget.grammar). Choices are compared by what a request costs \
            on average: 2n messages, and r or w for the answers it waits for; then by latency. \
            One meets the target only if its whole 95 % interval does. Exit status 1: none does.

            Examples:
              dynactl staleness advise --model lnkd-ssd --target '99.9% fresh within 2ms'
              dynactl staleness advise --model delays.json --n 3 \\
                --target '99% fresh within 5ms, p99 read <= 5ms, p99 write <= 20ms'
            """)

    @Option(help: "What to reach, as in '99.9% fresh within 10ms, p99 read <= 5ms'.")
    var target: String

    @OptionGroup var options: ModelOptions

    @Option(
        help: ArgumentHelp("How many replicas there may be, as in 3 or 1..5.", valueName: "range"))
    var n: String?

    @Option(
        help: ArgumentHelp(
            "How many replicas may be down while reads and writes go on.", valueName: "count"))
    var survives = 1

    @Option(help: ArgumentHelp("The share of requests that are reads.", valueName: "0…1"))
    var reads = 0.9

    @OptionGroup var format: FormatOptions

    func run() async throws {
        let target: StalenessTarget
        do throws(TargetError) {
            target = try StalenessTarget(parsing: self.target)
        } catch {
            throw Failure.usage("\(error)")
        }
        guard (0...1).contains(reads) else {
            throw Failure.usage("--reads is \(reads): it is a share from 0 to 1, such as 0.9")
        }
        let source = try options.source()
        let sizes = try sizes(of: source)
        let player = try options.player()
        var candidates: [AdviceCandidate] = []
        for n in sizes {
            let quorums = quorums(n)
            guard !quorums.isEmpty else { continue }
            let model = try source.model(n: n, isFirst: candidates.isEmpty)
            let trials = await player.play(model, quorums)
            candidates += quorums.map {
                AdviceCandidate($0, trials: trials, target: target, reads: reads)
            }
        }
        guard !candidates.isEmpty else {
            throw Failure.usage(
                "no r and w let n=\(sizes.lowerBound)..\(sizes.upperBound) survive \(survives): "
                    + "give a greater --n or a smaller --survives")
        }
        let report = AdviceReport(
            advice: Advice(candidates), target: target, source: source, player: player,
            reads: reads)
        try Output.line(format.json ? report.document : report.text)
        if !report.isMet { throw Failure.notFound(nil) }
    }

    private func quorums(_ n: Int) -> [QuorumSizes] {
        let all = (1...n).flatMap { r in (1...n).map { QuorumSizes(n: n, r: r, w: $0) } }
        return all.filter { AdviceCandidate.survives($0) >= survives }
    }

    /// The numbers of replicas to look at: what was given, or up to 5.
    private func sizes(of source: ModelSource) throws(Failure) -> ClosedRange<Int> {
        guard survives >= 0 else {
            throw .usage("--survives is \(survives): it must be 0 or more")
        }
        guard let n else { return 1...min(5, source.replicasMax) }
        let bounds = n.split(separator: ".", omittingEmptySubsequences: false)
        let parts = bounds.count == 3 && bounds[1].isEmpty ? [bounds[0], bounds[2]] : bounds
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, parts.count <= 2, let low = numbers.first,
            let high = numbers.last, low >= 1, low <= high, high <= source.replicasMax
        else {
            throw .usage(
                "--n is '\(n)': give a number or a range such as 1..5, up to "
                    + "\(source.replicasMax) with this model")
        }
        return low...high
    }
}
