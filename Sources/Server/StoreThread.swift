import Foundation
import NIOCore
import Node
import Replica
import Store

/// The store's own thread, and the queue of commands that wait for it.
///
/// Everything that waits when the thread comes back is carried out in one transaction with one
/// fsync (group commit). Replies return to the event loop in one hop per phase, not one per
/// command.
final class StoreThread: @unchecked Sendable {
    /// The most commands in one transaction.
    private static let batchMax = 1_024

    typealias Waiting = (command: ReplicaCommand, ticket: StoreTicket)
    typealias Report = @Sendable (StorePhase, [(ticket: StoreTicket, reply: ReplicaReply)]) -> Void

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
            store.execute(batch.map(\.command)) { phase, replies in
                report(phase, replies.map { (batch[$0.index].ticket, $0.reply) })
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
