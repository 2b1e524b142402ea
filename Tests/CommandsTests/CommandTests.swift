import Causality
import Commands
import Primitives
import Quorum
import RESP
import Replica
import Ring
import Testing

@Suite struct CommandTests {
    let now = Instant(nanoseconds: 2_000_000_000, wallMilliseconds: 1_500)

    func session() -> CommandSession {
        let environment = CommandEnvironment(
            memberNames: ["a", "b"], nodeName: "a", version: "0.1", process: 1, port: 6379)
        return CommandSession(environment: environment, id: 1)
    }

    func command(_ text: String) -> RESPCommand {
        RESPCommand(
            text.split(separator: " ").map { $0 == "∅" ? Bytes() : Bytes(text: String($0)) })
    }

    /// The record of a key with the given values.
    func record(_ values: [String], at milliseconds: UInt64 = 1) -> Record {
        var record = Record()
        for (index, value) in values.enumerated() {
            let actor = Actor(node: NodeID(UInt64(index) + 1), epoch: 1)
            let timestamp = HybridTimestamp(milliseconds: milliseconds + UInt64(index))
            record.put(
                Version(content: .value(Bytes(text: value)), timestamp: timestamp),
                seen: VersionVector(), dot: Dot(actor: actor, counter: 1))
        }
        return record
    }

    func got(_ values: String...) -> ClientReply {
        .got(GetResult(record: record(values), answers: 2, required: 2))
    }

    /// The answer to a command, given the node's replies to whatever it is asked in turn.
    func answer(_ text: String, _ rounds: [[ClientReply]] = []) -> String {
        var session = session()
        var writer = RESPWriter()
        var plan = session.begin(command(text), at: now, into: &writer)
        for replies in rounds {
            guard case .ask(let requests, let step) = plan else { return "asked nothing" }
            guard requests.count == replies.count else { return "asked \(requests.count)" }
            plan = session.finish(step, replies, into: &writer)
        }
        if case .ask = plan { return "asks again" }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("PING", "+PONG\r\n"), ("ping hi", "$2\r\nhi\r\n"), ("ECHO x", "$1\r\nx\r\n"),
        ("TIME", "*2\r\n$1\r\n1\r\n$6\r\n500000\r\n"), ("QUIT", "+OK\r\n"),
        ("SELECT 0", "+OK\r\n"), ("RESET", "+RESET\r\n"), ("CLIENT SETNAME me", "+OK\r\n"),
        ("CONFIG GET appendonly", "*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n"),
        ("GET", "-ERR wrong number of arguments for 'get' command\r\n"),
        ("SET k", "-ERR wrong number of arguments for 'set' command\r\n"),
        ("MSET a b c", "-ERR wrong number of arguments for 'mset' command\r\n"),
        ("NOSUCH", "-ERR unknown command 'NOSUCH'\r\n"),
        ("GET ∅", "-ERR a key has 1 to 4096 bytes, not 0\r\n"),
        ("DYNA.GET b k R 0", "-ERR R must be a number from 1 to 1024\r\n"),
        ("DYNA.GET b k R", "-ERR option R lacks its value\r\n"),
        ("DYNA.PUT b k v W two", "-ERR W must be a number from 1 to 1024\r\n"),
        ("DYNA.PUT b k v OPID ∅", "-ERR an operation id has 1 to 64 bytes\r\n"),
        ("DYNA.RING b", "-ERR usage: DYNA.RING [bucket key]\r\n"),
    ])
    func `The connection answers by itself`(text: String, expected: String) {
        #expect(answer(text) == expected)
    }

    @Test(arguments: ["INCR k", "SETNX k v", "MULTI", "APPEND k v"])
    func `What needs a leader is refused with the reason`(text: String) {
        #expect(answer(text).contains("without a leader"))
    }

    @Test(arguments: ["SET k v KEEPTTL", "SET k v NX", "SET k v GET"])
    func `An option of SET is refused and never ignored`(text: String) {
        #expect(answer(text).hasPrefix("-ERR SET option"))
    }

    @Test func `Plain commands answer what the replies say`() {
        let put = ClientReply.put(
            PutResult(context: nil, replicas: [], required: 2, siblings: 1))
        #expect(answer("GET k", [[got("v")]]) == "$1\r\nv\r\n")
        #expect(answer("GET k", [[got()]]) == "$-1\r\n")
        #expect(answer("GET k", [[got("old", "new")]]) == "$3\r\nnew\r\n", "the newest")
        #expect(answer("set k v", [[put]]) == "+OK\r\n")
        #expect(answer("MSET a 1 b 2", [[put, put]]) == "+OK\r\n")
        #expect(answer("MGET a b", [[got("1"), got()]]) == "*2\r\n$1\r\n1\r\n$-1\r\n")
        #expect(answer("EXISTS a b a", [[got("1"), got(), got("1")]]) == ":2\r\n")
        #expect(answer("STRLEN a", [[got("four")]]) == ":4\r\n")
        #expect(answer("STRLEN a", [[got()]]) == ":0\r\n")
        #expect(answer("TYPE a", [[got("v")]]) == "+string\r\n")
        #expect(answer("TYPE a", [[got()]]) == "+none\r\n")
        #expect(answer("DBSIZE", [[.count(RecordCounts(records: 9, live: 3))]]) == ":3\r\n")
        #expect(answer("DEL a b a", [[got("1"), got(), got("1")], [put]]) == ":1\r\n")
        #expect(answer("UNLINK a", [[got()]]) == ":0\r\n")
    }

    @Test func `The first word of an error says what may have been written`() {
        let failures: [(RequestFailure, String)] = [
            (.unavailable(required: 2, reachable: 1), "-UNAVAILABLE 1 of 2"),
            (.timedOut(required: 2, answered: 1), "-TIMEOUT 1 of 2"),
            (.overloaded("busy"), "-OVERLOADED busy"),
            (.refused(.tooManySiblings(max: 9)), "-TOOMANYSIBLINGS"),
            (.refused(.recordTooLarge(bytesMax: 9)), "-TOOMANYSIBLINGS"),
            (.badRequest("no"), "-ERR no\r\n"), (.storeFailed("full"), "-UNAVAILABLE full"),
        ]
        for (failure, prefix) in failures {
            #expect(answer("SET k v", [[.failed(failure)]]).hasPrefix(prefix))
            #expect(answer("MGET a b", [[got("1"), .failed(failure)]]).hasPrefix(prefix))
        }
    }

    @Test func `DYNA.GET answers a context that DYNA.PUT takes for that key only`() throws {
        let key = try #require(Key(bucket: Bytes(text: "b"), key: Bytes(text: "k")))
        let token = String(
            decoding: ContextToken.encode(record(["x"]).context, for: key), as: UTF8.self)
        let dot = "0000000000000001.1:1"
        #expect(
            answer("DYNA.GET b k", [[got("x")]])
                == "*4\r\n$\(token.utf8.count)\r\n\(token)\r\n*1\r\n*3\r\n$1\r\nx\r\n:1\r\n"
                + "$\(dot.count)\r\n\(dot)\r\n:2\r\n:2\r\n")
        #expect(answer("DYNA.GET b k", [[got()]]) == "$-1\r\n")
        #expect(answer("DYNA.GET b k FULL", [[got()]]) == "*4\r\n$-1\r\n*0\r\n:2\r\n:2\r\n")
        var session = session()
        var writer = RESPWriter()
        let put = command("DYNA.PUT b k v CONTEXT \(token) W 3 OPID o")
        guard case .ask(let requests, _) = session.begin(put, at: now, into: &writer),
            case .put(let request)? = requests.first
        else {
            Issue.record("not asked")
            return
        }
        #expect(request.basis == .seen(record(["x"]).context))
        #expect(request.options.quorum == 3 && request.operation == Bytes(text: "o"))
        #expect(answer("DYNA.PUT b other v CONTEXT \(token)").hasPrefix("-BADCONTEXT"))
        #expect(answer("DYNA.DEL b k CONTEXT \(token.dropLast())").hasPrefix("-BADCONTEXT"))
    }

    @Test func `A put's answer tells replicas and siblings`() throws {
        let replicas = [MemberIndex(1), MemberIndex(0)]
        let result = PutResult(context: nil, replicas: replicas, required: 2, siblings: 3)
        #expect(
            answer("DYNA.PUT b k v", [[.put(result)]])
                == "*5\r\n$-1\r\n:2\r\n:2\r\n*2\r\n$1\r\nb\r\n$1\r\na\r\n:3\r\n")
    }
}
