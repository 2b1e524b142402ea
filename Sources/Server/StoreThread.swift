import Foundation
import NIOCore
import Node
import Replica
import Store

extension TimeAmount {
    /// The time in seconds.
    var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}

/// The store's own thread, and the queue of commands that wait for it.
///
/// Everything that waits when the thread comes back is carried out in one transaction with one
/// fsync (group commit). Replies return to the event loop in one hop per phase, not one per
/// command.
final class StoreThread: @unchecked Sendable {
    /// The most commands in one transaction.
    private static let batchMax = 1_024

    typealias Waiting = (command: ReplicaCommand, ticket: StoreTicket)
    typealias Answers = [(ticket: StoreTicket, reply: ReplicaReply)]
    /// Takes the answers of a phase; those of a commit with how long that took.
    typealias Report = @Sendable (StorePhase, Answers, CommitMeasure?) -> Void

    private let store: SQLiteStore
    private let report: Report
    /// Guards the queue and the flag.
    private let condition = NSCondition()
    private var queue: [Waiting] = []
    private var isStopped = false
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread; it owns the store from now on.
    init(store: SQLiteStore, name: String, report: @escaping Report) {
        self.store = store
        self.report = report
        let thread = Thread { self.run() }
        thread.name = "store-\(name)"
        thread.start()
    }

    /// Adds commands behind those that wait.
    func submit(_ commands: [Waiting]) {
        condition.lock()
        queue.append(contentsOf: commands)
        condition.signal()
        condition.unlock()
    }

    /// Carries out what waits, closes the store and ends the thread.
    func stop() {
        condition.lock()
        isStopped = true
        condition.signal()
        condition.unlock()
        ended.wait()
    }

    private func run() {
        while let batch = takeBatch() {
            let start = NIODeadline.now()
            store.execute(batch.map(\.command)) { phase, replies in
                let isCommit =
                    phase == .durable
                    && replies.first.map { !batch[$0.index].command.isRead } ?? false
                let commit = CommitMeasure(
                    seconds: (NIODeadline.now() - start).seconds, commands: replies.count)
                report(
                    phase, replies.map { (batch[$0.index].ticket, $0.reply) },
                    isCommit ? commit : nil)
            }
        }
        store.close()
        ended.signal()
    }

    /// What waits, in order; nil once the thread is to end and nothing waits.
    private func takeBatch() -> [Waiting]? {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty, !isStopped {
            condition.wait()
        }
        guard !queue.isEmpty else { return nil }
        guard queue.count > StoreThread.batchMax else {
            let batch = queue
            queue = []
            return batch
        }
        let batch = Array(queue.prefix(StoreThread.batchMax))
        queue.removeFirst(StoreThread.batchMax)
        return batch
    }
}
