import ArgumentParser
import SimulateCommand
import Staleness

/// How stale reads of real nodes are in a simulated world, beside what the model predicts.
struct StalenessSimulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs real nodes under given delays, and says why reads were stale.",
        discussion: """
            Examples:
              dynactl staleness simulate --model lnkd-disk --r 1 --w 1
              dynactl staleness simulate --model ymmr --sweep --json
              dynactl staleness simulate --partitions --read-repair all
              dynactl staleness simulate --model fit.json --nodes 5

            Same seed, same output. Exit status: 0 done, 2 a judge found something or the model \
            disagrees, 64 usage.
            """)

    @OptionGroup var options: StalenessOptions

    func run() throws {
        try options.run { path in
            guard case .fit(let fit) = try ModelOptions.read(path) else {
                throw Failure.usage(
                    "\(path) has delays per pair of nodes: simulate takes one fit for all of them")
            }
            return fit
        }
    }
}
