import Staleness

/// One measurement of a ring, from its bucket's set-up to the last trace it left.
struct Measurement: Sendable {
    /// What is asked of a measurement beside its load.
    struct Settings: Sendable {
        var n: Int?
        var r: Int?
        var w: Int?
        var isSweep: Bool
        var readRepair: ReadRepairChoice
        var delays: [InjectedDelay]
    }

    /// What was seen.
    struct Outcome: Sendable {
        let plan: MeasurementPlan
        let log: MeasurementLog.Content
        /// How long the load ran.
        let duration: Duration
        /// The ring's own delays in that time; nil where the ring does not tell them.
        let delays: RingDelays?
        let injected: InjectedDelays

        /// Which share of what the ring's replicas were asked for was for this measurement; nil
        /// where the ring does not tell.
        ///
        /// Every request asks n replicas, and each that answers adds a sample to the delays.
        var shareOfRing: Double? {
            let asked = delays?.pairs.reduce(0) { sum, pair in
                sum + pair.count(of: "write") + pair.count(of: "read")
            }
            guard let asked, asked > 0 else { return nil }
            let own = zip(plan.quorums, log.histories).reduce(0) { sum, part in
                sum + part.0.n * (part.1.writes.count + part.1.reads.count)
            }
            return min(1, Double(own) / Double(asked))
        }
    }

    let ring: MeasuredRing
    let settings: Settings

    /// Runs it; a task that is cancelled ends the load and returns what was seen until then.
    ///
    /// - Parameter plan: the plan for the sizes that are to be measured.
    func run(
        _ plan: @escaping @Sendable ([QuorumSizes]) throws -> MeasurementPlan
    ) async throws -> Outcome {
        guard ring.nodes.count > 1 else {
            throw Failure.usage(
                "with one node there is one copy, and no read is stale: "
                    + "measure a ring of more, as of 'dynactl up --nodes 3'")
        }
        try checkBefore(n: settings.n ?? .max)
        let injected = try InjectedDelays(settings.delays, in: ring)
        let n = try await ring.prepare(n: settings.n, readRepair: settings.readRepair)
        try checkBefore(n: n)
        let plan = try plan(quorums(n))
        let load = StalenessLoad(plan, ring.endpoints)
        try await injected.inject(for: plan.duration, in: ring)
        let outcome = await observe(load, injected)
        await tidy(load, injected, n: n)
        return outcome
    }

    /// The load, and what the ring tells of its delays before and after it.
    private func observe(
        _ load: StalenessLoad, _ injected: InjectedDelays
    ) async -> Outcome {
        let before = await delays()
        let progress = MeasurementProgress(log: load.log, duration: load.plan.duration)
        let showing = Task { await progress.show() }
        let duration = await load.run()
        showing.cancel()
        await showing.value
        // What the last requests still wait for belongs to the delays as well.
        if before != nil { _ = await Pause.until(.now + min(load.plan.tMax, .seconds(1))) }
        let after = before == nil ? nil : await delays()
        return Outcome(
            plan: load.plan, log: load.log.content, duration: duration,
            delays: before.flatMap { earlier in after.map { $0.since(earlier) } },
            injected: injected)
    }

    /// What the ring tells of its delays; nil, with a notice, where it does not.
    private func delays() async -> RingDelays? {
        do {
            return try await RingDelays.all(of: ring)
        } catch {
            Output.notice("no prediction: no node tells its delays")
            return nil
        }
    }

    /// Ends the injected delays and deletes the keys.
    private func tidy(_ load: StalenessLoad, _ injected: InjectedDelays, n: Int) async {
        for node in await injected.clear(in: ring) {
            Output.notice(
                "\(node) has not confirmed the end of its injected delays; they end by "
                    + "themselves within \(InjectedDelays.afterlife)")
        }
        let written = load.log.content.histories.flatMap { history in
            Set(history.writes.map(\.key))
        }
        let keys = written.sorted().map { MeasuredKey($0, of: load.plan).text }
        let left = await ring.erase(keys, n: n)
        if left > 0 {
            Output.notice(
                "\(left) of \(keys.count) keys of bucket \(MeasurementPlan.bucket) could not be "
                    + "deleted; they expire within \(load.plan.ttl)")
        }
    }

    private func checkBefore(n: Int) throws(Failure) {
        let most = min(n, ring.nodes.count)
        if let n = settings.n, n > ring.nodes.count {
            throw .usage("--n \(n): the ring has \(ring.nodes.count) nodes that answer")
        }
        for (name, value) in [("r", settings.r), ("w", settings.w)] {
            guard let value, value > most else { continue }
            throw .usage(
                "--\(name) \(value): there are \(most) copies of a key; give 1 to \(most)")
        }
    }

    /// The sizes to measure: those asked for, a majority where none are, or all.
    private func quorums(_ n: Int) -> [QuorumSizes] {
        if settings.isSweep {
            return (1...n).flatMap { r in (1...n).map { QuorumSizes(n: n, r: r, w: $0) } }
        }
        let majority = n / 2 + 1
        return [QuorumSizes(n: n, r: settings.r ?? majority, w: settings.w ?? majority)]
    }
}
