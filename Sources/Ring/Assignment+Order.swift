import Primitives

// In which order the owners of a partition stand.
extension Assignment {
    /// Lets every member be the first owner of about equally many partitions; order is free, since
    /// it moves no data.
    mutating func balanceFirstOwners() {
        var firsts = Array(repeating: 0, count: load.count)
        for partition in replicas.indices {
            firsts[replicas[partition][0]] += 1
        }
        for _ in 0..<4 {
            for partition in replicas.indices {
                let owners = replicas[partition]
                guard
                    let least = owners.indices.min(by: { firsts[owners[$0]] < firsts[owners[$1]] }),
                    firsts[owners[least]] + 1 < firsts[owners[0]]
                else { continue }
                firsts[owners[0]] -= 1
                firsts[owners[least]] += 1
                replicas[partition].swapAt(0, least)
            }
        }
    }

    /// The owners of all partitions, one after the other: replicas, then fallbacks.
    ///
    /// The next fallback is of a zone that stands least often in the list so far; among its members
    /// a hash of partition and name decides, so that different partitions have different ones.
    func ownersWithFallbacks(_ members: [Member?]) -> [Int] {
        let names = members.map { Murmur3.hash128(Bytes(text: $0?.name ?? "")).high }
        var owners: [Int] = []
        owners.reserveCapacity(replicas.count * present.count)
        for partition in replicas.indices {
            let salt = RandomStream.mixed(UInt64(partition))
            var rest = present.filter { !replicas[partition].contains($0) }
            rest.sort {
                (RandomStream.mixed(names[$0] ^ salt), $0)
                    < (RandomStream.mixed(names[$1] ^ salt), $1)
            }
            owners += replicas[partition]
            owners += spreadOverZones(rest, behind: replicas[partition])
        }
        return owners
    }

    private func spreadOverZones(_ members: [Int], behind replicas: [Int]) -> [Int] {
        var uses = Array(repeating: 0, count: (zones.max() ?? 0) + 1)
        for owner in replicas {
            uses[zones[owner]] += 1
        }
        var rest = members
        var ordered: [Int] = []
        while let next = rest.indices.min(by: { uses[zones[rest[$0]]] < uses[zones[rest[$1]]] }) {
            uses[zones[rest[next]]] += 1
            ordered.append(rest.remove(at: next))
        }
        return ordered
    }
}
