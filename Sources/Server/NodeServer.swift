import Commands
import Foundation
import Logging
import Membership
import NIOCore
import NIOPosix
import Node
import Primitives
import Replica
import Ring
import ServiceLifecycle
import Store
import Transport

/// Runs one node: opens its database, binds its ports, and drives it until it is told to stop.
///
/// One event loop runs the node and all sockets; the store has a thread of its own.
package final class NodeServer: Service {
    /// The version of the program.
    package static let version = "0.1.0"

    private let configuration: NodeConfiguration
    private let logger: Logger

    /// A server of one node; nothing is opened before `run`.
    package init(configuration: NodeConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until the process is asked to stop, then drains: requests in flight end, and a
    /// clean-shutdown mark is left.
    ///
    /// Throws a `ServerError` where the node cannot start or may not go on.
    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let stopped = loop.makePromise(of: StopReason.self)
        let running = try await start(loop, stopped)
        logger.notice(
            "serving",
            metadata: [
                "client": "\(configuration.client)", "peer": "\(configuration.peer)",
                "http": "\(configuration.http)",
            ])
        let reason = try await withGracefulShutdownHandler {
            try await stopped.futureResult.get()
        } onGracefulShutdown: {
            loop.execute { running.value.drain() }
        }
        try await loop.submit { running.value.close() }.get()
        await stopStore(of: running, loop)
        try await group.shutdownGracefully()
        try finish(reason)
    }

    private func start(
        _ loop: any EventLoop, _ stopped: EventLoopPromise<StopReason>
    ) async throws -> NIOLoopBound<RunningNode> {
        let (configuration, logger) = (configuration, logger)
        let endpoints = try configuration.endpoints()
        let running: NIOLoopBound<RunningNode>
        do {
            running = try await loop.submit {
                let opened = try OpenedNode(configuration, logger)
                let node = try RunningNode(opened, loop: loop, stopped: stopped)
                return NIOLoopBound(node, eventLoop: loop)
            }.get()
        } catch {
            stopped.fail(error)
            throw error
        }
        do {
            try await bind(endpoints.peer) { running.value.peers.listen(on: $0) }
            try await bind(endpoints.client) { running.value.clients.listen(on: $0) }
            try await bind(endpoints.http) { running.value.health.listen(on: $0) }
        } catch {
            stopped.fail(error)
            try await loop.submit { running.value.close() }.get()
            await stopStore(of: running, loop)
            throw error
        }
        try await loop.submit { running.value.begin() }.get()
        return running

        func bind(
            _ endpoint: Endpoint, _ listen: @escaping @Sendable (Endpoint) -> EventLoopFuture<Void>
        ) async throws {
            do {
                try await loop.flatSubmit { listen(endpoint) }.get()
            } catch {
                throw ServerError.portInUse(
                    address: endpoint.description, reason: "\(error)")
            }
        }
    }

    /// Waits for the store's thread away from the loop, which it may still report to.
    private func stopStore(of running: NIOLoopBound<RunningNode>, _ loop: any EventLoop) async {
        guard let store = try? await loop.submit({ running.value.store }).get() else { return }
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                store.stop()
                done.resume()
            }
        }
    }

    private func finish(_ reason: StopReason) throws(ServerError) {
        switch reason {
        case .drained(true): logger.notice("stopped cleanly")
        case .drained(false): logger.error("stopped without a clean-shutdown mark")
        case .staleData(let member, let own, let known) where own.node != known.node:
            throw .staleData(
                "\(configuration.data) was replaced: \(member) knows that data of the identity "
                    + "\(known.node) took its place and counts. Deleted values could come back "
                    + "with the old. Put the present data back, or remove the directory and start "
                    + "the node empty")
        case .staleData(let member, let own, let known):
            throw .staleData(
                "\(configuration.data) is an old copy: this is start \(own.number) of its data, "
                    + "and \(member) knows start \(known.number). Writes made since would be "
                    + "lost and deleted values could come back. Remove the directory and start "
                    + "the node empty, or put the newer copy in its place")
        }
    }
}

/// A node's database, opened and checked against its configuration.
final class OpenedNode {
    let configuration: NodeConfiguration
    let logger: Logger
    let cluster: ClusterState
    let store: SQLiteStore
    let endpoints: (client: Endpoint, peer: Endpoint, http: Endpoint)
    private let lock: DirectoryLock

    init(_ configuration: NodeConfiguration, _ logger: Logger) throws(ServerError) {
        self.configuration = configuration
        self.logger = logger
        endpoints = try configuration.endpoints()
        let configured = try configuration.clusterState()
        lock = try DirectoryLock(directory: configuration.data)
        OpenedNode.raiseFileLimit()
        store = try OpenedNode.open(configuration, configured)
        cluster = try configuration.reconcile(store.recovered.clusterState, with: configured)
        warn()
    }

    private static func open(
        _ configuration: NodeConfiguration, _ cluster: ClusterState
    ) throws(ServerError) -> SQLiteStore {
        let options = StoreOptions(
            path: configuration.data + "/dyna.db", seed: UInt64.random(in: .min ... .max),
            initialClusterState: cluster.encoded()[...])
        do throws(StoreError) {
            return try SQLiteStore(opening: options)
        } catch {
            switch error {
            case .staleCopy, .replaced: throw .staleData(error.description)
            default: throw .store(error.description)
            }
        }
    }

    private func warn() {
        let start = store.recovered.start
        if store.recovered.isNew {
            logger.notice(
                "created an empty database: this node begins without data",
                metadata: ["id": "\(start.node)", "data": "\(configuration.data)"])
        } else {
            logger.notice(
                "opened the database",
                metadata: [
                    "id": "\(start.node)", "start": "\(start.number)",
                    "cleanShutdown": "\(store.recovered.cleanRun != nil)",
                ])
        }
        let rebuilt = store.recovered.rebuiltTrees
        if rebuilt > 0 {
            logger.warning(
                "built Merkle trees anew from the records: what was kept of them was damaged",
                metadata: ["trees": "\(rebuilt)"])
        }
        for endpoint in [endpoints.client, endpoints.peer, endpoints.http]
        where !endpoint.isLoopback {
            logger.warning(
                """
                listening beyond this machine without authentication: whoever reaches the port can \
                read and write everything
                """,
                metadata: ["address": "\(endpoint)"])
        }
    }

    /// Every connection needs a descriptor: takes as many as the system allows.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
