import Commands
import Node
import Primitives
import Quorum
import RESP

// The nodes' side of client connections.
extension Simulation {
    /// Bytes of a client reach a node.
    func receive(_ part: ClientBytes, at process: SimulatedProcess) {
        let (client, generation) = (part.client, part.generation)
        trace.add(UInt64(client) << 32 | UInt64(generation))
        trace.add(Digest.of(part.bytes))
        guard process.isRunning else { return sendHangUp(client, generation) }
        guard let port = port(for: part, at: process) else {
            return sendHangUp(client, generation)
        }
        guard clientCuts[process.index] <= now else {
            // What follows a lost part of a stream can make no sense.
            port.isDeaf = true
            return coverage.see(.messageLost)
        }
        guard !port.isDeaf else { return }
        port.operation = part.operation
        port.unread += part.bytes
        work(port, of: client, process)
    }

    /// The end of the connection that bytes came on; nil where this process does not know it: it
    /// was opened to the one before.
    private func port(for part: ClientBytes, at process: SimulatedProcess) -> ClientPort? {
        let (client, generation) = (part.client, part.generation)
        if let port = process.ports[client], port.generation >= generation {
            return port.generation == generation ? port : nil
        }
        guard part.isOpening else { return nil }
        let environment = CommandEnvironment(
            memberNames: processes.map(\.name), nodeName: process.name, version: "simulated",
            process: UInt32(process.incarnation), port: 1)
        let session = CommandSession(environment: environment, id: UInt64(client))
        let port = ClientPort(generation: generation, session: session)
        process.ports[client] = port
        return port
    }

    private func work(_ port: ClientPort, of client: Int, _ process: SimulatedProcess) {
        while port.step == nil, !port.unread.isEmpty {
            guard let step = try? port.unread.withUnsafeBytes({ try port.parser.parse($0) }) else {
                judge.find(.replies, "\(process.name) does not understand its client")
                port.unread = []
                return
            }
            switch step {
            case .incomplete: return
            case .consume(let count): port.unread.removeFirst(count)
            case .oversized(_, let consumed): port.unread.removeFirst(consumed)
            case .command(let command, let consumed):
                port.unread.removeFirst(consumed)
                begin(command, on: port, of: client, process)
            }
        }
    }

    private func begin(
        _ command: RESPCommand, on port: ClientPort, of client: Int, _ process: SimulatedProcess
    ) {
        port.truth = nil
        let clock = process.clock.reading(at: now)
        let plan = port.session.begin(command, at: clock, into: &port.writer)
        carryOut(plan, on: port, of: client, process)
    }

    private func carryOut(
        _ plan: CommandPlan, on port: ClientPort, of client: Int, _ process: SimulatedProcess
    ) {
        guard case .ask(let requests, let step) = plan else { return flush(port, client, process) }
        port.step = step
        port.replies = Array(repeating: nil, count: requests.count)
        for (place, request) in requests.enumerated() {
            process.lastToken += 1
            let token = process.lastToken
            process.tokens[token] = open(request, place, port, client, process)
            deliver(.client(ClientToken(token), request), to: process)
        }
    }

    private func open(
        _ request: ClientRequest, _ place: Int, _ port: ClientPort, _ client: Int,
        _ process: SimulatedProcess
    ) -> OpenToken {
        var (key, required): (Int?, Int) = (nil, 0)
        switch request {
        case .get(let get):
            key = judge.keyIndex[get.key.hash]
            required = get.options.quorum ?? world.r
        case .put(let put):
            key = judge.keyIndex[put.key.hash]
            required = put.options.quorum ?? world.w
        case .repair(.key(let name)):
            key = judge.keyIndex[name.hash]
            required = world.n
        default: break
        }
        let patience = UInt64(world.node.timeoutMilliseconds) * 1_000_000
        return OpenToken(
            client: client, port: port.generation, operation: port.operation, key: key,
            deadline: process.clock.monotonic(at: now) + patience, required: required,
            place: place)
    }

    /// The node answers.
    func answer(_ token: ClientToken, _ reply: ClientReply, _ process: SimulatedProcess) {
        guard token != Simulation.ownToken else { return }
        judge.check(.replies)
        guard let open = process.tokens.removeValue(forKey: token.raw) else {
            return judge.find(.replies, "\(process.name) answers a request twice")
        }
        checkDeadline(of: open, process)
        let truth = judge(reply, open, process)
        detail(
            "answers \(open.operation.map { "#\($0)" } ?? "c\(open.client + 1)"): "
                + words.text(reply), node: process.index)
        let answered = open.read.flatMap { process.reads[$0] }?.answers.map(\.member) ?? []
        guard !take(reply, truth, answered: answered, of: open.operation) else { return }
        guard let port = process.ports[open.client], port.generation == open.port,
            open.place < port.replies.count, port.step != nil
        else { return coverage.see(.clientGoneBeforeAnswer) }
        port.replies[open.place] = reply
        if let truth { port.truth = truth }
        guard port.replies.allSatisfy({ $0 != nil }), let step = port.step else { return }
        port.step = nil
        let plan = port.session.finish(
            step, port.replies.compactMap { $0 }, into: &port.writer)
        carryOut(plan, on: port, of: open.client, process)
    }

    private func judge(
        _ reply: ClientReply, _ open: OpenToken, _ process: SimulatedProcess
    ) -> AnswerTruth? {
        switch reply {
        case .got(let result):
            guard let key = open.key, let read = open.read.flatMap({ process.reads[$0] }) else {
                judge.find(.acknowledgement, key: open.key, "a read was answered without asking")
                return nil
            }
            let digests = read.answers.map { $0.record.map { Digest.of($0) } ?? 0 }
            if digests.contains(where: { $0 != digests[0] }) {
                coverage.see(.readWithDisagreement)
            }
            let truth = judge.judge(
                result, of: open.operation, key: key, answers: read.answers,
                required: open.required)
            if let request = open.read { process.reads[request]?.told = truth.told }
            judge.judge(
                SeenVector(result.record.context), since: read.floor, key: key,
                of: open.operation)
            judge.check(
                holdersOf: SeenVector(result.record.context), told: read, of: open.operation,
                required: open.required)
            judge.checkRefilled(
                read.answers, key: key, openedAt: read.openedAt, of: open.operation)
            judge.judge(
                SeenVector(result.record.context), sinceAcknowledged: read.acknowledged, key: key,
                of: open.operation, required: open.required)
            return truth
        case .json:
            if let read = open.read.flatMap({ process.reads[$0] }) { judge.check(repaired: read) }
            return nil
        case .put(let result):
            guard let operation = open.operation else { return nil }
            let owners = judge.owners[judge.history[operation].key]
            if result.replicas.count == open.required {
                coverage.see(.acknowledgedByExactlyW)
                let isOneDown = owners.contains { !processes[$0].isRunning }
                if isOneDown { coverage.see(.acknowledgedByExactlyWWithOneDown) }
            }
            if result.replicas.contains(where: { !owners.contains(Int($0.raw)) }) {
                coverage.see(.acknowledgedByFallback)
            }
            var truth = judge.judge(result, of: operation, required: open.required)
            truth.replicas = result.replicas
            return truth
        case .failed(.overloaded):
            coverage.see(.overloaded)
            return nil
        default: return nil
        }
    }

    /// An answer comes in time, on the clock of a node that did not stand still.
    private func checkDeadline(of open: OpenToken, _ process: SimulatedProcess) {
        let clock = process.clock.monotonic(at: now)
        let due = max(open.deadline, process.clock.monotonic(at: process.goneOnAt)) + 1_000_000
        // A node that has to compute is late by what waits before the deadline.
        guard clock > due, !process.isResuming, world.serviceNanosecondsMean == 0 else { return }
        judge.find(
            .replies, key: open.key,
            "\(process.name) answers \((clock - open.deadline) / 1_000_000) ms too late",
            open.operation.map { [judge.describe($0)] } ?? [])
    }

    private func flush(_ port: ClientPort, _ client: Int, _ process: SimulatedProcess) {
        let bytes = port.writer.bytes
        port.writer.removeAll()
        guard !bytes.isEmpty else { return }
        trace.add(Digest.of(bytes))
        let generation = port.generation
        for piece in pieces(of: bytes, &clients[client].random) {
            let isLast = piece.end == bytes.count
            queue.add(
                .answer(
                    client: client, generation: generation, cut(piece, from: bytes),
                    isLast ? port.truth : nil),
                at: clientArrival(client))
        }
    }

    /// Where a message falls apart on its way: often nowhere, sometimes anywhere.
    func pieces(
        of bytes: [UInt8], _ random: inout RandomStream
    ) -> [(start: Int, end: Int)] {
        guard bytes.count > 1, random.below(8) == 0 else { return [(0, bytes.count)] }
        let first = 1 + random.index(bytes.count - 1)
        guard first + 1 < bytes.count, random.below(2) == 0 else {
            return [(0, first), (first, bytes.count)]
        }
        let second = first + 1 + random.index(bytes.count - first - 1)
        return second == bytes.count
            ? [(0, first), (first, bytes.count)]
            : [(0, first), (first, second), (second, bytes.count)]
    }

    /// A piece of a message; the whole of it is not copied.
    func cut(_ piece: (start: Int, end: Int), from bytes: [UInt8]) -> [UInt8] {
        piece.end - piece.start == bytes.count ? bytes : Array(bytes[piece.start..<piece.end])
    }

    /// When a piece of a client's message arrives; pieces and messages keep their order.
    func clientArrival(_ client: Int) -> UInt64 {
        let delay = 50_000 + clients[client].random.exponential(mean: 50_000)
        let time = max(now + delay, clients[client].lastArrival + 1)
        clients[client].lastArrival = time
        return time
    }

    // MARK: Hanging up

    func sendHangUp(_ client: Int, _ generation: UInt32) {
        queue.add(
            .hungUp(client: client, generation: generation), at: clientArrival(client))
    }

    func hangUpClients(of process: SimulatedProcess, isPowerLoss: Bool) {
        for (client, port) in process.ports.enumerated() {
            guard let port else { continue }
            process.ports[client] = nil
            if port.step != nil { coverage.see(.clientDisconnectedMidRequest) }
            guard !isPowerLoss, clientCuts[process.index] <= now else { continue }
            sendHangUp(client, port.generation)
        }
    }
}
