import DynaClient
import Glibc
import Primitives
import Staleness
import Synchronization

/// The requests of a measurement: cycles of a run of writes to a key and of reads after it.
///
/// A key rests from the last acknowledgement of a cycle until all its reads have ended, so that
/// reads meet no newer write under way, which the model does not know. Reads ask a node that is
/// drawn at random for each of them, the one that coordinated the write included: it is what the
/// model assumes of a client that knows nothing of placement.
struct StalenessLoad: Sendable {
    let plan: MeasurementPlan
    let endpoints: [Endpoint]
    let log: MeasurementLog
    let readers: ReaderPool

    init(_ plan: MeasurementPlan, _ endpoints: [Endpoint]) {
        self.plan = plan
        self.endpoints = endpoints
        log = MeasurementLog(settings: plan.quorums.count)
        readers = ReaderPool(plan.readers, endpoints)
    }

    /// Writes and reads until the duration is over or the task is cancelled.
    ///
    /// Returns how long it took, without the reads that were still to end.
    func run() async -> Duration {
        await readers.connect()
        let start = ContinuousClock.now
        let deadline = start + plan.duration
        let end = await withTaskGroup(of: ContinuousClock.Instant.self) { group in
            for number in 0..<plan.writers {
                group.addTask {
                    var writer = LoadWriter(number, of: self)
                    return await writer.run(until: deadline)
                }
            }
            return await group.reduce(start) { max($0, $1) }
        }
        await readers.close()
        return end - start
    }

    /// One read, at its time.
    func perform(_ read: PlannedRead) async {
        guard await Pause.until(read.due) else { return }
        let (reader, isLate) = await readers.take()
        if isLate { log.recordLateRead() }
        let key = read.key
        let options = GetOptions(r: plan.quorums[key.setting].r)
        let start = MonotonicClock.now
        do throws(DynaError) {
            let found = try await reader[read.node].get(
                bucket: MeasurementPlan.bucket, key: key.text, options: options)
            let end = MonotonicClock.now
            log.record(
                ObservedRead(
                    key: key.number, session: read.session, start: start, end: end,
                    version: found.siblings.map { key.version(of: $0.value) }.max() ?? 0),
                setting: key.setting,
                bytes: found.siblings.reduce(0) { $0 + $1.value.count })
        } catch {
            log.record(failure: error)
        }
        await readers.give(reader)
    }
}

/// A read that is to begin at some time.
struct PlannedRead: Sendable {
    let key: MeasuredKey
    let session: Int
    let node: Int
    let due: ContinuousClock.Instant
}

/// Waiting, which a measurement that is to end early cuts short.
enum Pause {
    /// Waits until a moment, not at all if it has passed; false if the task is cancelled.
    static func until(_ moment: ContinuousClock.Instant) async -> Bool {
        if moment > .now {
            try? await Task.sleep(until: moment, tolerance: .zero, clock: .continuous)
        }
        return !Task.isCancelled
    }
}

/// One writer: every so often it begins a cycle on the next of its keys that rests.
private struct LoadWriter {
    private let load: StalenessLoad
    private let client: MeasuringClient
    private var keys: [MeasuredKey]
    private var turn = 0
    private let resting: RestingKeys
    private var random: RandomStream

    init(_ number: Int, of load: StalenessLoad) {
        let plan = load.plan
        self.load = load
        client = MeasuringClient(load.endpoints)
        keys = (0..<plan.keys)
            .filter { $0 / plan.quorums.count % plan.writers == number }
            .map { MeasuredKey($0, of: plan) }
        resting = RestingKeys(keys.count)
        random = RandomStream(root: plan.seed, name: "writer \(number)")
    }

    /// Runs cycles until the deadline or until the task is cancelled; returns when it ended.
    mutating func run(until deadline: ContinuousClock.Instant) async -> ContinuousClock.Instant {
        await client.connect()
        let meanBurst = Double(1 + MeasurementPlan.burstMax) / 2
        let interval = Double(load.plan.writers) * meanBurst / load.plan.rate
        var due = ContinuousClock.now + .seconds(interval * .random(in: 0...1, using: &random))
        let end = await withDiscardingTaskGroup { group in
            while due < deadline, await Pause.until(due) {
                if let index = nextKey() {
                    let reads = await cycle(index)
                    for read in reads {
                        group.addTask { [load, resting] in
                            await load.perform(read)
                            resting.end(index)
                        }
                    }
                }
                // Even spacing would keep step with whatever else is periodic in the ring. A
                // writer that fell behind does not catch up: that would be a burst of load.
                due = max(due, .now - .seconds(interval))
                due += .seconds(interval * .random(in: 0.5...1.5, using: &random))
            }
            return ContinuousClock.now
        }
        await client.close()
        return min(end, max(deadline, .now))
    }

    /// The next key on which no read is under way; nil if there is none.
    private mutating func nextKey() -> Int? {
        for step in 0..<keys.count {
            let index = (turn + step) % keys.count
            if resting.isResting(index) {
                turn = index + 1
                return index
            }
        }
        return nil
    }

    /// Writes some versions one after the other; returns the reads that are to follow.
    ///
    /// There are none after a write that was not acknowledged.
    private mutating func cycle(_ index: Int) async -> [PlannedRead] {
        var key = keys[index]
        defer { keys[index] = key }
        for _ in 0..<Int.random(in: 1...MeasurementPlan.burstMax, using: &random) {
            guard await write(&key) else { return [] }
        }
        let reads = plannedReads(of: key, from: .now)
        resting.begin(index, reads: reads.count)
        return reads
    }

    private mutating func write(_ key: inout MeasuredKey) async -> Bool {
        key.version += 1
        let value = key.value(key.version, of: load.plan)
        var options = PutOptions(context: key.context, w: load.plan.quorums[key.setting].w)
        options.ttl = load.plan.ttl
        let node = client[.random(in: 0..<load.endpoints.count, using: &random)]
        let start = MonotonicClock.now
        var acknowledged: UInt64?
        do throws(DynaError) {
            let result = try await node.put(
                bucket: MeasurementPlan.bucket, key: key.text, value: value, options: options)
            acknowledged = MonotonicClock.now
            key.context = result.context ?? key.context
            key.hasSiblings = result.context == nil
        } catch {
            key.hasSiblings = true
            load.log.record(failure: error)
        }
        load.log.record(
            ObservedWrite(
                key: key.number, version: key.version, session: key.owner, start: start,
                acknowledged: acknowledged),
            setting: key.setting, bytes: value.count)
        if key.hasSiblings { await renewContext(&key, node) }
        return acknowledged != nil
    }

    /// Reads what there is of a key after a write failed, so that the next one replaces it all.
    private func renewContext(_ key: inout MeasuredKey, _ node: DynaClient) async {
        load.log.recordOther()
        do throws(DynaError) {
            let options = GetOptions(r: load.plan.quorums[key.setting].n)
            let found = try await node.get(
                bucket: MeasurementPlan.bucket, key: key.text, options: options)
            key.context = found.context ?? key.context
        } catch {
            load.log.record(failure: error)
        }
    }

    /// One read at once and the others spread over the range of t, as even on a logarithmic scale
    /// as chance allows; half of them by the writer's session.
    private mutating func plannedReads(
        of key: MeasuredKey, from start: ContinuousClock.Instant
    ) -> [PlannedRead] {
        let strata = MeasurementPlan.readsPerCycle - 1
        let ratio = load.plan.tMax / MeasurementPlan.tMin
        return (0...strata).map { number in
            var due = start
            if number > 0 {
                let place = Double(number - 1) + .random(in: 0..<1, using: &random)
                due += MeasurementPlan.tMin * pow(ratio, place / Double(strata))
            }
            return PlannedRead(
                key: key, session: Bool.random(using: &random) ? key.owner : key.visitor,
                node: .random(in: 0..<load.endpoints.count, using: &random), due: due)
        }
    }
}

/// Which keys have no read under way.
private final class RestingKeys: Sendable {
    private let reads: Mutex<[Int]>

    init(_ count: Int) {
        reads = Mutex(Array(repeating: 0, count: count))
    }

    func isResting(_ key: Int) -> Bool { reads.withLock { $0[key] == 0 } }

    func begin(_ key: Int, reads count: Int) { reads.withLock { $0[key] = count } }

    func end(_ key: Int) { reads.withLock { $0[key] -= 1 } }
}
