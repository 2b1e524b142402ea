import Primitives
package struct Partition: Hashable, Sendable { package let raw: UInt32; package init(_ raw: UInt32) { self.raw = raw } }
package struct Ring: Hashable, Sendable {
    package let partitionCount: Int
    package init(_ q: Int) { partitionCount = q }
    package func partition(of hash: Hash128) -> Partition { Partition(UInt32(hash.high >> 56)) }
    package var partitions: [Partition] { (0..<partitionCount).map { Partition(UInt32($0)) } }
}
package struct PreferenceList: Sendable {
    package let primaries: ArraySlice<MemberIndex>
    package let fallbacks: ArraySlice<MemberIndex>
}
package struct Placement: Equatable, Sendable {
    package let members: [Member?]
    package let ring = Ring(256)
    let lists: [[MemberIndex]]
    package init(initial members: [Member]) {
        let sorted = members.sorted { $0.name < $1.name }
        self.members = sorted
        lists = (0..<256).map { p in (0..<sorted.count).map { MemberIndex(UInt16(($0 + p) % sorted.count)) } }
    }
    package func preferenceList(for p: Partition, n: Int) -> PreferenceList {
        let l = lists[Int(p.raw)]
        return PreferenceList(primaries: l.prefix(n), fallbacks: l.dropFirst(n))
    }
    package func changed(to members: [Member]) throws(PlacementError) -> Placement { Placement(initial: members) }
    package func encoded() -> [UInt8] {
        var out: [UInt8] = []
        for m in members.compactMap({ $0 }) {
            for t in [m.name, m.zone, m.client, m.peer, m.http] { out += [UInt8](encodingSize: ByteWriter.size(text: t)) { $0.write(text: t) } }
        }
        return out
    }
    package init(decoding b: Bytes) throws(MalformedBytes) {
        var r = ByteReader(b); var ms: [Member] = []
        while r.remaining > 0 { ms.append(Member(name: try r.readText(), zone: try r.readText(), client: try r.readText(), peer: try r.readText(), http: try r.readText())) }
        self.init(initial: ms)
    }
}
package enum ReadRepairMode: Sendable { case async, off }
package struct BucketPropertyError: Error { package let description: String }
package struct BucketProperties: Equatable, Sendable {
    package var n = 3
    package init() {}
    package var readQuorum: Int { n / 2 + 1 }
    package var writeQuorum: Int { n / 2 + 1 }
    package var pr: Int { 0 }
    package var pw: Int { 0 }
    package var conflict: ConflictResolution { .siblings }
    package var readRepair: ReadRepairMode { .async }
    package mutating func set(name: String, to value: String) throws(BucketPropertyError) {}
    package func validate(members: Int) throws(BucketPropertyError) {}
    package var fields: [(name: String, value: String)] { [("n", "\(n)")] }
    package func encoded() -> [UInt8] { [UInt8(n)] }
    package init(decoding b: Bytes) throws(MalformedBytes) { n = Int(b.first ?? 3) }
}

package struct PlacementError: Error { package let description: String }
