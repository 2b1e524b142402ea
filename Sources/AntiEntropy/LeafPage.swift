import Primitives
import Replica

extension [LeafEntry] {
    /// The first entries of a list that ascends by hash, and whether these are all.
    ///
    /// Keys that share their whole hash stay together, since the next page begins behind a hash.
    package func page(limit: Int) -> (entries: [LeafEntry], isComplete: Bool) {
        guard count > limit, limit > 0 else { return (limit > 0 ? self : [], count <= limit) }
        let last = self[limit - 1].hash
        let end = self[limit...].firstIndex { $0.hash != last } ?? count
        return (Array(self[..<end]), end == count)
    }

    /// Ascending by hash; keys that share it by their records.
    package func inOrder() -> [LeafEntry] {
        sorted { ($0.hash, $0.digest) < ($1.hash, $1.digest) }
    }
}
