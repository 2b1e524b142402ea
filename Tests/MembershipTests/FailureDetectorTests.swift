import Membership
import Primitives
import Ring
import Testing

@Suite struct FailureDetectorTests {
    static let peer = MemberIndex(1)

    static func at(_ milliseconds: UInt64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000, wallMilliseconds: 0)
    }

    static func feed(
        _ detector: inout FailureDetector, _ input: FailureDetector.Input, _ at: UInt64
    ) -> [FailureDetector.Action] {
        var actions: [FailureDetector.Action] = []
        detector.handle(input, at: Self.at(at), into: &actions)
        return actions
    }

    @Test("a member is up when linked, suspect when silent, down when silent for long")
    func silence() {
        var detector = FailureDetector(members: [Self.peer], at: Self.at(0))
        #expect(detector.status(of: Self.peer) == .suspect)
        #expect(
            Self.feed(&detector, .connected(Self.peer), 10) == [.changed(Self.peer, .up)])
        #expect(Self.feed(&detector, .period, 900) == [.heartbeat(Self.peer)])
        #expect(detector.status(of: Self.peer) == .up)
        let suspected = Self.feed(&detector, .period, 911)
        #expect(suspected == [.heartbeat(Self.peer), .changed(Self.peer, .suspect)])
        #expect(Self.feed(&detector, .heard(Self.peer), 1_000) == [.changed(Self.peer, .up)])
        _ = Self.feed(&detector, .period, 2_000)
        #expect(detector.status(of: Self.peer) == .suspect)
        _ = Self.feed(&detector, .period, 7_001)
        #expect(detector.status(of: Self.peer) == .down)
    }

    @Test("a member that says it hears nothing is a suspect, though all that it sends arrives")
    func oneWay() {
        var detector = FailureDetector(members: [Self.peer], at: Self.at(0))
        _ = Self.feed(&detector, .connected(Self.peer), 10)
        #expect(Self.feed(&detector, .unheardBy(Self.peer), 500).isEmpty)
        #expect(detector.status(of: Self.peer) == .up)
        _ = Self.feed(&detector, .heard(Self.peer), 1_000)
        let deaf = Self.feed(&detector, .unheardBy(Self.peer), 1_000)
        #expect(deaf == [.changed(Self.peer, .suspect)])
        #expect(Self.feed(&detector, .heard(Self.peer), 1_100).isEmpty)
        let cured = Self.feed(&detector, .heardBy(Self.peer), 1_200)
        #expect(cured == [.changed(Self.peer, .up)])
        #expect(detector.hears(Self.peer, at: Self.at(2_100)))
        #expect(!detector.hears(Self.peer, at: Self.at(2_101)))
    }

    @Test("a broken link makes a suspect at once, and hearing without a link does not cure it")
    func brokenLink() {
        var detector = FailureDetector(members: [Self.peer], at: Self.at(0))
        _ = Self.feed(&detector, .connected(Self.peer), 1)
        let broken = Self.feed(&detector, .disconnected(Self.peer), 2)
        #expect(broken == [.changed(Self.peer, .suspect)])
        #expect(Self.feed(&detector, .heard(Self.peer), 3).isEmpty)
        #expect(!detector.isConnected(Self.peer))
        #expect(Self.feed(&detector, .period, 4).isEmpty)
        _ = Self.feed(&detector, .connected(Self.peer), 5)
        #expect(detector.status(of: Self.peer) == .up)
    }

    @Test("any message within the suspicion time keeps a member up")
    func messages() {
        var detector = FailureDetector(members: [Self.peer], at: Self.at(0))
        _ = Self.feed(&detector, .connected(Self.peer), 0)
        for time in stride(from: UInt64(0), to: 20_000, by: 800) {
            _ = Self.feed(&detector, .heard(Self.peer), time)
            _ = Self.feed(&detector, .period, time + 700)
            #expect(detector.status(of: Self.peer) == .up)
        }
    }
}
