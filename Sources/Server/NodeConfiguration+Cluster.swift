import Membership
import Primitives
import Ring
import Transport

// From a configuration to the cluster state that all members must agree on.
extension NodeConfiguration {
    /// The cluster state that the configuration describes, for a database that has none.
    func clusterState() throws(ServerError) -> ClusterState {
        guard peers.contains(where: { $0.name == name }) else {
            throw bad("peers does not name this node, '\(name)'")
        }
        for peer in peers {
            _ = try endpoint("peer address of \(peer.name)", peer.peer)
        }
        var defaults = BucketProperties()
        let placement: Placement
        do throws(PlacementError) {
            placement = try Placement(initial: members, partitions: partitions)
        } catch {
            throw bad("\(error)")
        }
        do throws(BucketPropertyError) {
            try defaults.set(name: "n", to: "\(n)")
            try defaults.validate(members: peers.count)
        } catch {
            throw bad(error.description)
        }
        return ClusterState(name: cluster, version: 1, placement: placement, defaults: defaults)
    }

    /// The stored cluster state with the configured addresses; ownership is never computed again.
    func reconcile(
        _ stored: Bytes, with configured: ClusterState
    ) throws(ServerError) -> ClusterState {
        let state: ClusterState
        do throws(MalformedBytes) {
            state = try ClusterState(decoding: stored)
        } catch {
            throw .store("the cluster state in \(data)/dyna.db is malformed: \(error.what)")
        }
        guard state.name == cluster else {
            throw .wrongCluster(
                "\(data) belongs to cluster '\(state.name)', not to '\(cluster)': name another "
                    + "directory, or start the node with its own cluster's name")
        }
        let (known, told) = (state.placement.members, configured.placement.members)
        guard known.map(\.?.name) == told.map(\.?.name), known.map(\.?.zone) == told.map(\.?.zone)
        else {
            let names = known.compactMap { $0?.name }.joined(separator: ", ")
            throw .wrongCluster(
                "\(data) belongs to a ring of the members \(names), which the configuration "
                    + "contradicts: members and zones cannot be changed by configuration")
        }
        let placement: Placement
        do throws(PlacementError) {
            placement = try state.placement.changed(to: members)
        } catch {
            throw bad("\(error)")
        }
        return ClusterState(
            name: state.name, version: state.version, placement: placement,
            defaults: state.defaults,
            messageLifetimeMilliseconds: state.messageLifetimeMilliseconds)
    }

    private func bad(_ reason: String) -> ServerError {
        .badConfiguration(path: "configuration of \(name)", reason: reason)
    }
}
