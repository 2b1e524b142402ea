import Causality
import Primitives
import Replica

/// Delivers a node's hints to one primary once it is back: in pages, throttled, in the order of
/// their keys (DeCandia et al., "Dynamo", SOSP 2007, section 4.6).
///
/// A hint is forgotten only after the primary confirmed that it durably has what the hint holds,
/// and only if the hint has not changed meanwhile. Nothing is remembered of a delivery that breaks
/// off: what was not settled is still there and is sent again.
package struct HintedHandoff: Sendable {
    /// Sizes and periods of a delivery.
    package struct Settings: Hashable, Sendable {
        /// The most hints that are on their way at once.
        package var pageHintsMax = 64
        /// After how many bytes of records no more hints are put on their way.
        package var pageBytesMax = 256 << 10
        /// How many bytes of records are delivered per second, on average.
        package var bytesPerSecond: UInt64 = 16 << 20
        /// How long a page may take, in nanoseconds.
        package var pageNanoseconds: UInt64 = 5_000_000_000
        /// How long after hints that were not taken they are tried again, in nanoseconds; twice as
        /// long after every further time.
        package var retryNanoseconds: UInt64 = 500_000_000
        /// The longest time between two tries, in nanoseconds.
        package var retryNanosecondsMax: UInt64 = 30_000_000_000
        /// How often is looked for hints while there were none, in nanoseconds.
        package var idleNanoseconds: UInt64 = 10_000_000_000

        /// The defaults: 64 hints or 256 KiB at once, 16 MiB/s.
        package init() {}
    }

    /// What happens to a delivery.
    package enum Input: Sendable {
        /// The primary can be reached, or there may be new hints for it.
        case begin
        /// The primary cannot be reached, or this node stops.
        case stop
        /// The hints that were to be read, as they were at a hybrid time.
        case page(HintPage, readAt: HybridTimestamp)
        /// The store could not read them, or not forget what was delivered.
        case storeFailed
        /// The primary durably has a hint's record; the hint by its place in the page.
        case stored(Int)
        /// The primary did not take it.
        case refused(Int)
        /// What was delivered is forgotten.
        case settled
        /// The time of the wake-up with this number has come.
        case timer(UInt64)
    }

    /// What a delivery wants done.
    package enum Action: Sendable {
        /// Read the hints behind a key.
        case read(after: Key?)
        /// Send a hint's record, read at a hybrid time, to the primary; the hint by its place in
        /// the page.
        case send(Int, Hint, readAt: HybridTimestamp)
        /// Forget these hints.
        case settle([Hint])
        /// Hand in a timer with this number after so many nanoseconds.
        case wake(UInt64, nanoseconds: UInt64)
    }

    private enum State: Sendable {
        case stopped
        /// Nothing to do until the next look, or until a try after a refusal.
        case waiting(after: Key?, isIdle: Bool)
        case reading
        case sending
        case settling
    }

    private let settings: Settings
    private var state = State.stopped
    private var page = HintPage(hints: [], next: nil)
    private var isOpen: [Bool] = []
    private var confirmed: [Hint] = []
    private var hasRefused = false
    private var retryNanoseconds: UInt64
    private var wakeNumber: UInt64 = 0

    /// A delivery that has not begun.
    package init(settings: Settings) {
        self.settings = settings
        retryNanoseconds = settings.retryNanoseconds
    }

    /// Whether hints are being read, sent or forgotten.
    package var isActive: Bool {
        switch state {
        case .stopped, .waiting: false
        case .reading, .sending, .settling: true
        }
    }

    /// Takes in what happened.
    package mutating func handle(_ input: Input, into actions: inout [Action]) {
        switch (input, state) {
        case (.stop, _):
            state = .stopped
            retryNanoseconds = settings.retryNanoseconds
        case (.begin, .stopped), (.begin, .waiting(_, isIdle: true)):
            hasRefused = false
            read(after: nil, into: &actions)
        case (.timer(wakeNumber), .waiting(let key, _)):
            if key == nil { hasRefused = false }
            read(after: key, into: &actions)
        case (.timer(wakeNumber), .sending):
            hasRefused = true
            settle(into: &actions)
        case (.page(let page, let readAt), .reading):
            send(page, readAt, into: &actions)
        case (.storeFailed, .reading), (.storeFailed, .settling):
            hasRefused = true
            endPass(into: &actions)
        case (.stored(let index), .sending) where close(index):
            confirmed.append(page.hints[index])
            settleIfAnswered(into: &actions)
        case (.refused(let index), .sending) where close(index):
            hasRefused = true
            settleIfAnswered(into: &actions)
        case (.settled, .settling):
            goOn(into: &actions)
        default:
            break
        }
    }

    private mutating func read(after key: Key?, into actions: inout [Action]) {
        state = .reading
        actions.append(.read(after: key))
    }

    private mutating func send(
        _ page: HintPage, _ readAt: HybridTimestamp, into actions: inout [Action]
    ) {
        self.page = page
        confirmed = []
        isOpen = Array(repeating: true, count: page.hints.count)
        state = .sending
        for (index, hint) in page.hints.enumerated() {
            actions.append(.send(index, hint, readAt: readAt))
        }
        guard page.hints.isEmpty else {
            return wake(after: settings.pageNanoseconds, into: &actions)
        }
        settle(into: &actions)
    }

    /// Whether a hint of the page was still open; it is not any more.
    private mutating func close(_ index: Int) -> Bool {
        guard isOpen.indices.contains(index), isOpen[index] else { return false }
        isOpen[index] = false
        return true
    }

    private mutating func settleIfAnswered(into actions: inout [Action]) {
        if !isOpen.contains(true) {
            settle(into: &actions)
        }
    }

    private mutating func settle(into actions: inout [Action]) {
        let damaged = page.damaged.map { Hint(key: $0, record: []) }
        state = .settling
        guard !confirmed.isEmpty || !damaged.isEmpty else { return goOn(into: &actions) }
        actions.append(.settle(confirmed + damaged))
    }

    /// The next page, after as much time as this one's bytes may take.
    private mutating func goOn(into actions: inout [Action]) {
        guard let next = page.next else { return endPass(into: &actions) }
        let bytes = page.hints.reduce(0) { $0 + $1.record.count }
        state = .waiting(after: next, isIdle: false)
        wake(
            after: UInt64(bytes) * 1_000_000_000 / settings.bytesPerSecond, into: &actions)
    }

    private mutating func endPass(into actions: inout [Action]) {
        page = HintPage(hints: [], next: nil)
        state = .waiting(after: nil, isIdle: !hasRefused)
        guard hasRefused else {
            retryNanoseconds = settings.retryNanoseconds
            return wake(after: settings.idleNanoseconds, into: &actions)
        }
        wake(after: retryNanoseconds, into: &actions)
        retryNanoseconds = min(2 * retryNanoseconds, settings.retryNanosecondsMax)
    }

    private mutating func wake(after nanoseconds: UInt64, into actions: inout [Action]) {
        wakeNumber += 1
        actions.append(.wake(wakeNumber, nanoseconds: nanoseconds))
    }
}
