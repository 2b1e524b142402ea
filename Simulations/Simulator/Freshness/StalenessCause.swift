/// Why a replica whose answer a read used did not have the newest acknowledged version, by the
/// simulator's truth.
///
/// A read waits for several answers, and each may lack the version for a reason of its own: the
/// read is counted once, under the first of these cases that holds for any of them. A replica that
/// is being refilled never answers, so that it makes no read stale.
package enum StalenessCause: String, CaseIterable, Sendable {
    /// The version was on its way to the replica.
    case writeInFlight
    /// It lay with another node as a hint for the replica.
    case hintPending
    /// It was lost on its way or never sent, and its write was still within its time, or reads
    /// repair: something was still going to bring it.
    case messageLost
    /// It was lost on its way or never sent, nobody kept a hint, and reads do not repair.
    case repairOff
}
