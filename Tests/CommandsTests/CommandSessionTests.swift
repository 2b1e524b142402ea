import Causality
import Commands
import Primitives
import Quorum
import RESP
import Replica
import Ring
import Testing

@Suite struct CommandSessionTests {
    static let now = Instant(nanoseconds: 5_000_000_000, wallMilliseconds: 1_234_567)

    static func session() -> CommandSession {
        let environment = CommandEnvironment(
            memberNames: ["n1", "n2", "n3"], nodeName: "n1", version: "1.2.3", process: 77,
            port: 7401)
        return CommandSession(environment: environment, id: 9)
    }

    /// What a command that needs no node is answered.
    static func answer(_ words: String...) -> String {
        var session = session()
        var writer = RESPWriter()
        let command = RESPCommand(words.map { Bytes(text: $0) })
        _ = session.begin(command, at: now, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// What a command asks of the node; nil where it was answered at once.
    static func plan(_ words: [String]) -> (requests: [ClientRequest], step: CommandStep)? {
        var session = session()
        var writer = RESPWriter()
        let command = RESPCommand(words.map { Bytes(text: $0) })
        guard case .ask(let requests, let step) = session.begin(command, at: now, into: &writer)
        else { return nil }
        return (requests, step)
    }

    static func finish(_ step: CommandStep, _ replies: [ClientReply]) -> String {
        var writer = RESPWriter()
        _ = session().finish(step, replies, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func found(_ values: [(text: String, time: UInt64)]) -> ClientReply {
        var record = Record()
        for (index, value) in values.enumerated() {
            let actor = Actor(node: NodeID(UInt64(index) + 1), epoch: 1)
            let version = Version(
                content: .value(Bytes(text: value.text)),
                timestamp: HybridTimestamp(milliseconds: value.time))
            record.put(version, seen: VersionVector(), dot: Dot(actor: actor, counter: 1))
        }
        return .got(GetResult(record: record, answers: 2, required: 2))
    }

    @Test("the connection answers by itself what needs no node")
    func connection() {
        #expect(Self.answer("PING") == "+PONG\r\n")
        #expect(Self.answer("ping", "x") == "$1\r\nx\r\n")
        #expect(Self.answer("ECHO", "hi") == "$2\r\nhi\r\n")
        #expect(Self.answer("SELECT", "0") == "+OK\r\n")
        #expect(Self.answer("SELECT", "1").hasPrefix("-ERR"))
        #expect(Self.answer("TIME") == "*2\r\n$4\r\n1234\r\n$6\r\n567000\r\n")
        #expect(Self.answer("COMMAND", "COUNT") == ":36\r\n")
        #expect(Self.answer("CLIENT", "ID") == ":9\r\n")
        #expect(Self.answer("CONFIG", "GET", "save") == "*2\r\n$4\r\nsave\r\n$0\r\n\r\n")
        #expect(Self.answer("CONFIG", "SET", "save", "1").hasPrefix("-ERR"))
        #expect(Self.answer("HELLO", "3").hasPrefix("%7\r\n"))
        #expect(Self.answer("HELLO", "4").hasPrefix("-NOPROTO"))
        #expect(Self.answer("INFO").contains("dyna_version:1.2.3"))
    }

    @Test("what needs a leader, and what does not exist, is refused with the reason")
    func refusals() {
        #expect(Self.answer("INCR", "x").contains("without a leader"))
        #expect(Self.answer("NONSENSE").contains("unknown command 'NONSENSE'"))
        #expect(Self.answer("GET").contains("wrong number of arguments"))
        #expect(Self.answer("SET", "k", "v", "NX").hasPrefix("-ERR SET option 'NX'"))
        #expect(Self.answer("MSET", "a", "1", "b").contains("wrong number of arguments"))
        #expect(Self.answer("DYNA.GET", "b", "k", "R", "x").contains("R must be a number"))
        #expect(Self.answer("DYNA.GET", "b", "k", "SLOP", "no").contains("unknown option"))
        #expect(Self.answer("DYNA.GET", "b", "k", "SLOPPY", "x").contains("must be yes or no"))
        #expect(Self.answer("DYNA.PUT", "b", "k", "v", "W").contains("lacks its value"))
        #expect(Self.answer("DYNA.PUT", "", "k", "v").hasPrefix("-ERR"))
        let wrong = Self.answer("DYNA.PUT", "b", "k", "v", "CONTEXT", "AAAA")
        #expect(wrong.hasPrefix("-BADCONTEXT"))
    }

    @Test("plain commands become requests to bucket default")
    func plain() throws {
        let set = try #require(Self.plan(["SET", "k", "v"]))
        guard case .put(let put)? = set.requests.first else {
            Issue.record("\(set)")
            return
        }
        #expect(put.key.bucket == Bytes(text: "default") && put.content == .value([118]))
        #expect(put.basis == .overwrite(VersionVector()))
        #expect(try #require(Self.plan(["MGET", "a", "b", "c"])).requests.count == 3)
        #expect(try #require(Self.plan(["MSET", "a", "1", "b", "2"])).requests.count == 2)
    }

    @Test("a plain read answers the newest sibling")
    func newest() {
        let reply = Self.found([("old", 1), ("new", 5), ("mid", 3)])
        #expect(Self.finish(.value, [reply]) == "$3\r\nnew\r\n")
        #expect(Self.finish(.value, [Self.found([])]) == "$-1\r\n")
        #expect(Self.finish(.existing, [reply, Self.found([])]) == ":1\r\n")
        #expect(Self.finish(.length, [reply]) == ":3\r\n")
        #expect(Self.finish(.type, [Self.found([])]) == "+none\r\n")
    }

    @Test("a delete reads first and deletes each key with a value once, under what it saw")
    func delete() throws {
        let plan = try #require(Self.plan(["DEL", "a", "b", "a"]))
        var writer = RESPWriter()
        let value = Self.found([("x", 1)])
        let next = Self.session().finish(
            plan.step, [value, Self.found([]), value], into: &writer)
        guard case .ask(let requests, let step) = next, requests.count == 1,
            case .put(let put) = requests[0]
        else {
            Issue.record("\(next)")
            return
        }
        #expect(put.content == .tombstone)
        guard case .overwrite(let seen) = put.basis else { return }
        #expect(!seen.entries.isEmpty)
        let result = PutResult(context: nil, replicas: [], required: 2, siblings: 0)
        #expect(Self.finish(step, [.put(result)]) == ":1\r\n")
        #expect(Self.finish(plan.step, [Self.found([]), Self.found([]), value]) == "")
    }

    @Test("failures are told in words that say what may have been written")
    func failures() {
        let step = CommandStep.acknowledgement
        func text(_ failure: RequestFailure) -> String { Self.finish(step, [.failed(failure)]) }
        #expect(text(.unavailable(required: 2, reachable: 1)).hasPrefix("-UNAVAILABLE 1 of 2"))
        #expect(text(.timedOut(required: 2, answered: 1)).hasPrefix("-TIMEOUT 1 of 2"))
        #expect(text(.overloaded("full")).hasPrefix("-OVERLOADED full; nothing was written"))
        #expect(text(.refused(.tooManySiblings(max: 9))).hasPrefix("-TOOMANYSIBLINGS"))
        #expect(text(.badRequest("no")) == "-ERR no\r\n")
        let read = Self.finish(.value, [.failed(.unavailable(required: 2, reachable: 0))])
        #expect(!read.contains("written"))
    }

    @Test("a put's outcome names the replicas, and a context only where there is one")
    func outcome() throws {
        let key = try #require(Key(bucket: "b".utf8, key: "k".utf8))
        let replicas = [MemberIndex(2), MemberIndex(0)]
        let blind = PutResult(context: nil, replicas: replicas, required: 2, siblings: 3)
        #expect(
            Self.finish(.outcome(key), [.put(blind)])
                == "*5\r\n$-1\r\n:2\r\n:2\r\n*2\r\n$2\r\nn3\r\n$2\r\nn1\r\n:3\r\n")
    }
}
