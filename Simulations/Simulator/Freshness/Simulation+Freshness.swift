import Causality
import Node
import Primitives
import Quorum
import Replica
import Wire

/// What the freshness workload does at some time.
enum FreshnessStep {
    /// A key's writer writes the next version.
    case write(key: Int)
    /// A read at the distance of a place after a version was acknowledged.
    case read(key: Int, version: Int, place: Int)
    /// A request should have been answered by now.
    case patience(operation: Int)
}

// The freshness workload. Its clients stand beside their nodes: requests are handed over as the
// clients' port would, after reading the protocol, so that no client's network is in any time.
extension Simulation {
    /// Lets the writers begin.
    func beginFreshness() {
        guard world.freshness.writes > 0 else { return }
        freshness = Freshness(world.freshness, keys: world.keys, seed: plan.seed)
        for key in keys.indices {
            queue.add(.freshness(.write(key: key)), at: FreshnessWorkload.startNanoseconds)
        }
    }

    func proceed(_ step: FreshnessStep) {
        switch step {
        case .write(let key): write(key)
        case .read(let key, let version, let place): read(key, version, place)
        case .patience(let operation):
            guard let request = freshness?.open.removeValue(forKey: operation) else { return }
            fail(request, pause: 0)
        }
    }

    // MARK: Requests

    private func write(_ key: Int) {
        guard var state = freshness, liveFrom == nil, now < world.safetyNanoseconds else { return }
        guard !state.isDone(key) else {
            freshness?.endedLines += 1
            return endFreshnessIfDone()
        }
        freshness = nil
        let line = state.lines[key]
        let operation = begin(.put, key, seen: SeenVector(line.context))
        state.lines[key].versions.append((operation, nil))
        let version = line.versions.count + 1
        state.versionOf[operation] = version
        state.open[operation] = request(key, version, place: nil, line)
        var options = QuorumOptions()
        options.quorum = world.w
        let put = PutRequest(
            key: keys[key], content: .value(judge.history[operation].value),
            basis: .seen(line.context), options: options)
        let node = state.lines[key].random.index(world.nodes)
        freshness = state
        ask(.put(put), operation, of: node, required: world.w)
    }

    private func read(_ key: Int, _ version: Int, _ place: Int) {
        guard var state = freshness, liveFrom == nil, now < world.safetyNanoseconds else { return }
        freshness = nil
        let operation = begin(.get, key, seen: SeenVector())
        state.open[operation] = request(key, version, place: place, state.lines[key])
        var options = QuorumOptions()
        options.quorum = world.r
        let get = GetRequest(key: keys[key], options: options)
        let node = state.lines[key].random.index(world.nodes)
        freshness = state
        ask(.get(get), operation, of: node, required: world.r)
    }

    private func request(
        _ key: Int, _ version: Int, place: Int?, _ line: Freshness.Line
    ) -> Freshness.Request {
        Freshness.Request(
            key: key, version: version, place: place, askedAt: now, newest: line.newest,
            floor: line.shown)
    }

    private func begin(_ kind: HistoryEntry.Kind, _ key: Int, seen: SeenVector) -> Int {
        var entry = HistoryEntry(kind: kind, client: 0, key: key, askedAt: now)
        if kind == .put { entry.value = Judge.value(of: judge.history.count, bytes: 16) }
        entry.seen = seen
        coverage.operations += 1
        return judge.begin(entry)
    }

    /// Hands a request to a node, under a token of its own.
    private func ask(_ request: ClientRequest, _ operation: Int, of node: Int, required: Int) {
        let process = processes[node]
        judge.history[operation].nodes.append(node)
        queue.add(
            .freshness(.patience(operation: operation)),
            at: now + UInt64(world.node.timeoutMilliseconds) * 1_000_000 + Time.second)
        note(sentence(ofProbe: operation), node: node)
        guard process.isRunning else { return }
        process.lastToken += 1
        let patience = UInt64(world.node.timeoutMilliseconds) * 1_000_000
        process.tokens[process.lastToken] = OpenToken(
            client: world.clients, port: .max, operation: operation,
            key: judge.history[operation].key,
            deadline: process.clock.monotonic(at: now) + patience, required: required, place: 0)
        deliver(.client(ClientToken(process.lastToken), request), to: process)
    }

    // MARK: Answers

    /// Takes an answer to the freshness workload.
    ///
    /// - Parameters:
    ///   - answered: the members whose answers a read used.
    /// - Returns: whether the answer was for it.
    func take(
        _ reply: ClientReply, _ truth: AnswerTruth?, answered: [Int], of operation: Int?
    ) -> Bool {
        guard let operation,
            let request = freshness?.open.removeValue(forKey: operation)
        else { return false }
        judge.history[operation].answeredAt = now
        note("#\(operation) the freshness probe is told: \(words.text(reply))")
        switch reply {
        case .put(let result):
            judge.history[operation].outcome = .done
            report.acknowledged += 1
            acknowledge(request, result)
        case .got:
            judge.history[operation].outcome = .done
            report.acknowledged += 1
            show(request, truth?.shown ?? [], answered)
        case .failed(.timedOut):
            report.unknown += request.place == nil ? 1 : 0
            fail(request, pause: 50_000_000)
        default:
            judge.history[operation].outcome = .refused
            report.refused += 1
            fail(request, pause: 50_000_000)
        }
        return true
    }

    private func acknowledge(_ request: Freshness.Request, _ result: PutResult) {
        guard var state = freshness else { return }
        freshness = nil
        let key = request.key
        state.report.writes += 1
        state.report.writeNanoseconds.append(now - request.askedAt)
        state.lines[key].versions[request.version - 1].acknowledgedAt = now
        state.lines[key].newest = request.version
        if let context = result.context { state.lines[key].context = context }
        let places = state.drawPlaces(key)
        state.lines[key].openProbes = places.count
        for place in places {
            let step = FreshnessStep.read(key: key, version: request.version, place: place)
            queue.add(.freshness(step), at: now + state.distances[place])
        }
        if !Freshness.isPatient(key) { queue.add(.freshness(.write(key: key)), at: now) }
        freshness = state
    }

    private func show(_ request: Freshness.Request, _ shown: [Int], _ answered: [Int]) {
        let versions = shown.compactMap { freshness?.versionOf[$0] }
        let newest = versions.max() ?? 0
        var cause: StalenessCause?
        if newest < request.newest {
            cause = self.cause(of: request, answered)
            judge.judge(staleRead: request, shown: newest)
        }
        freshness?.count(request, shown: newest, cause: cause, now: now)
        proceedAfterRead(request)
    }

    private func fail(_ request: Freshness.Request, pause: UInt64) {
        guard request.place == nil else {
            freshness?.report.failedReads += 1
            return proceedAfterRead(request)
        }
        freshness?.report.failedWrites += 1
        queue.add(.freshness(.write(key: request.key)), at: now + pause)
    }

    /// A patient writer goes on when the last read after its write has ended.
    private func proceedAfterRead(_ request: Freshness.Request) {
        guard Freshness.isPatient(request.key), request.place != nil else { return }
        freshness?.lines[request.key].openProbes -= 1
        guard freshness?.lines[request.key].openProbes == 0 else { return }
        queue.add(
            .freshness(.write(key: request.key)), at: now + world.freshness.pauseNanoseconds)
    }

    /// The run is over where nothing else was asked for.
    private func endFreshnessIfDone() {
        guard options.endsWithFreshness, freshness?.endedLines == keys.count else { return }
        isCutShort = true
    }

    // MARK: Why

    /// Why none of the replicas whose answers a read used had the version.
    private func cause(of request: Freshness.Request, _ answered: [Int]) -> StalenessCause {
        let causes = answered.map { cause(at: $0, request) }
        return StalenessCause.allCases.first { causes.contains($0) } ?? .repairOff
    }

    private func cause(at node: Int, _ request: Freshness.Request) -> StalenessCause {
        guard let state = freshness else { return .repairOff }
        let (key, version) = (request.key, request.newest)
        if state.isUnderWay(version, key, to: node, since: request.askedAt) {
            return .writeInFlight
        }
        let operation = state.lines[key].versions[version - 1].operation
        let write = judge.history[operation]
        let isHinted = judge.held.contains { slots in
            let hint = slots[keys.count + key]
            return hint.targets.contains(node)
                && write.dots.contains { hint.record.context.covers($0.dot) }
        }
        guard !isHinted else { return .hintPending }
        let isOver = write.askedAt + UInt64(world.node.timeoutMilliseconds) * 1_000_000 < now
        return isOver && world.readRepair == .off ? .repairOff : .messageLost
    }

    /// Notes a record on its way to a replica.
    func noteDeparture(_ message: Message, to target: Int, dueAt: UInt64) {
        guard freshness != nil, case .replicate(_, let command, nil) = message,
            let key = judge.keyIndex[command.key.hash]
        else { return }
        let record = judge.read(command.record, key: key, "a record on its way")
        let operations = record.versions.compactMap(\.operation)
        guard let version = operations.compactMap({ freshness?.versionOf[$0] }).max() else {
            return
        }
        freshness?.depart(version, key, to: target, dueAt: dueAt, now: now)
    }
}
