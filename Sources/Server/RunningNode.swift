import Commands
import Foundation
import Logging
import Membership
import NIOCore
import Node
import Primitives
import Ring
import Store
import Transport

/// The parts of a running node, put together.
///
/// Confined to the loop.
final class RunningNode {
    let driver: NodeDriver
    let peers: PeerPool
    let clients: ClientListener
    let health: HealthListener
    let store: StoreThread
    /// Holds the directory's lock.
    private let opened: OpenedNode

    init(
        _ opened: OpenedNode, loop: any EventLoop, stopped: EventLoopPromise<StopReason>
    ) throws(ServerError) {
        let turn = Turn(loop: loop)
        let driver = try RunningNode.makeDriver(opened, loop, turn, stopped)
        let bound = NIOLoopBound(driver, eventLoop: loop)
        store = StoreThread(store: opened.store, name: opened.configuration.name) {
            phase, answers in
            loop.execute { bound.value.take(phase, answers) }
        }
        let peers = RunningNode.makePeers(opened, driver, turn, loop)
        peers.allowsInjectedDelays = opened.configuration.allowInjectedDelays ?? false
        self.peers = peers
        clients = ClientListener(
            environment: RunningNode.environment(opened), turn: turn, loop: loop,
            clock: NodeDriver.now,
            ask: { request, reply in
                // Messages are held back beside the node, which never knows.
                if case .injection(let injection) = request {
                    reply(peers.take(injection))
                } else {
                    driver.ask(request, reply)
                }
            })
        health = HealthListener(loop: loop) { driver.isReady }
        self.driver = driver
        self.opened = opened
        driver.peers = peers
        driver.store = store
    }

    /// Begins to work; the ports are bound.
    func begin() {
        driver.handle(.started)
        peers.start()
    }

    /// Takes no new clients and lets the node finish what it has.
    func drain() {
        clients.stopAccepting()
        driver.handle(.drain)
    }

    /// Closes all sockets.
    func close() {
        clients.close()
        peers.close()
        health.close()
    }

    private static func makeDriver(
        _ opened: OpenedNode, _ loop: any EventLoop, _ turn: Turn,
        _ stopped: EventLoopPromise<StopReason>
    ) throws(ServerError) -> NodeDriver {
        var settings = NodeSettings()
        settings.process = UInt32(getpid())
        settings.seed = UInt64.random(in: .min ... .max)
        let name = opened.configuration.name
        guard
            let node = Node(
                name: name, recovered: opened.store.recovered, cluster: opened.cluster,
                settings: settings, at: NodeDriver.now())
        else {
            throw .wrongCluster("'\(name)' is not a member of cluster '\(opened.cluster.name)'")
        }
        let log = NodeLog(logger: opened.logger, cluster: opened.cluster)
        return NodeDriver(node: node, loop: loop, turn: turn, log: log, stopped: stopped)
    }

    private static func makePeers(
        _ opened: OpenedNode, _ driver: NodeDriver, _ turn: Turn, _ loop: any EventLoop
    ) -> PeerPool {
        let cluster = opened.cluster
        let identity = PeerIdentity(
            cluster: cluster.name, name: opened.configuration.name,
            start: opened.store.recovered.start, ringVersion: cluster.version)
        let others = cluster.indices.compactMap { index in
            let member = cluster.member(index)
            guard member.name != identity.name, let endpoint = Endpoint(member.peer) else {
                return nil as (index: MemberIndex, name: String, endpoint: Endpoint)?
            }
            return (index, member.name, endpoint)
        }
        return PeerPool(identity: identity, members: others, turn: turn, loop: loop) {
            driver.take($0)
        }
    }

    private static func environment(_ opened: OpenedNode) -> CommandEnvironment {
        CommandEnvironment(
            memberNames: opened.cluster.placement.members.map { $0?.name ?? "" },
            nodeName: opened.configuration.name, version: NodeServer.version,
            process: UInt32(getpid()), port: opened.endpoints.client.port)
    }
}
