import Membership
import Primitives
import Ring
import Testing

@Suite struct ClusterStateTests {
    func state() throws -> ClusterState {
        let members = ["b", "a", "c"].map {
            Member(name: $0, zone: "z\($0)", client: "x:1", peer: "x:2", http: "x:3")
        }
        var defaults = BucketProperties()
        defaults.r = .count(1)
        return ClusterState(
            name: "ring", version: 4,
            placement: try Placement(initial: members, partitions: 8), defaults: defaults)
    }

    @Test func `A cluster state comes back from its encoding`() throws {
        let state = try state()
        #expect(try ClusterState(decoding: state.encoded()[...]) == state)
    }

    @Test func `A state from before messages had a lifetime is read with the default`() throws {
        let state = try state()
        #expect(state.messageLifetimeMilliseconds == 300_000)
        var old = state.encoded().dropLast(8)
        old[0] = 1
        #expect(try ClusterState(decoding: old) == state)
        let other = ClusterState(
            name: state.name, version: state.version, placement: state.placement,
            defaults: state.defaults, messageLifetimeMilliseconds: 7)
        #expect(try ClusterState(decoding: other.encoded()[...]) == other)
    }

    @Test func `Truncated and altered states never crash`() throws {
        let bytes = try state().encoded()
        for count in 0..<bytes.count {
            #expect(throws: MalformedBytes.self) { try ClusterState(decoding: bytes[..<count]) }
        }
        var altered = bytes
        for bit in 0..<bytes.count * 8 {
            altered[bit / 8] ^= 1 << (bit % 8)
            if let other = try? ClusterState(decoding: altered[...]) {
                #expect((try? ClusterState(decoding: other.encoded()[...])) == other)
            }
            altered[bit / 8] ^= 1 << (bit % 8)
        }
    }

    @Test func `Members are found by name and by index`() throws {
        let state = try state()
        #expect(state.indices.count == 3)
        for index in state.indices {
            #expect(state.index(of: state.member(index).name) == index)
        }
        #expect(state.index(of: "nobody") == nil)
    }
}
