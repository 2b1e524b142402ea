import Primitives

/// Draws how long the messages of requests take, one by one, as a fit says.
package struct DelaySampler: Sendable {
    /// One of the four legs of a request between two nodes.
    package enum Leg: Int, Sendable {
        /// A write on its way to a replica.
        case write
        /// Its acknowledgement on the way back.
        case acknowledgement
        /// A read on its way to a replica.
        case read
        /// Its answer on the way back.
        case response
    }

    private let table: SamplingTable
    private let additional: Double

    /// A sampler for a fit.
    package init(_ fit: DelayFit) {
        table = SamplingTable([fit.write, fit.acknowledgement, fit.read, fit.response])
        additional = fit.remoteMilliseconds ?? 0
    }

    /// How many milliseconds a message takes from one node to another.
    package func milliseconds(_ leg: Leg, using random: inout RandomStream) -> Double {
        table.sample(leg.rawValue, using: &random) + additional
    }
}
