import Membership
import Primitives
import Quorum
import Replica
import Ring
import Wire

// What a node tells about itself and the others.
extension Node {
    mutating func collectStatus(
        for token: ClientToken, _ now: Instant, _ effects: inout [Effect]
    ) {
        let request = newRequest()
        let asked = others.filter { detector.isConnected($0) }
        statuses[request] = OpenStatus(client: token, outstanding: [local] + asked)
        deadlines.add(.request(request), at: deadline(settings.statusMilliseconds, now))
        effects.append(.store(.count, .status(request)))
        for member in asked {
            send(.statusRequest(request: request), to: member, now, &effects)
        }
    }

    /// The store counted its records, for a status collected here or by another member.
    mutating func takeCounts(
        _ reply: ReplicaReply, for ticket: StoreTicket, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        var counts = RecordCounts(records: 0, live: 0)
        if case .counts(let found) = reply {
            counts = found
        }
        var status = NodeStatus(
            id: start.node, process: settings.process, counts: counts,
            requests: UInt32(unansweredRequests), storeFailure: storeFailure?.description ?? "")
        (status.refill, status.waitsFor) = (refill.state, refillWaitsFor)
        status.reapingWaitsFor = counts.dead > 0 ? others.filter { !isReachable($0) } : []
        status.scrub = lastScrub
        status.readsJudged = freshnessCounts.judged
        status.staleReads = freshnessCounts.stale
        status.staleAgeP99Milliseconds = (freshnessCounts.ages.quantile(0.99) ?? 0) / 1_000
        switch ticket {
        case .status(let request):
            collect(status, request, from: local, &effects)
        case .peerStatus(let member, let request):
            send(.status(request: request, status), to: member, now, &effects)
        default:
            break
        }
    }

    mutating func collect(
        _ status: NodeStatus, _ request: UInt64, from member: MemberIndex,
        _ effects: inout [Effect]
    ) {
        guard let open = statuses[request], open.outstanding.contains(member) else { return }
        statuses[request]?.answers.append((member, status))
        failStatus(request, at: member, &effects)
    }

    /// Nothing more will come from a member for a status.
    mutating func failStatus(
        _ request: UInt64, at member: MemberIndex, _ effects: inout [Effect]
    ) {
        statuses[request]?.outstanding.removeAll { $0 == member }
        if statuses[request]?.outstanding.isEmpty == true {
            finishStatus(request, &effects)
        }
    }

    mutating func finishStatus(_ request: UInt64, _ effects: inout [Effect]) {
        guard let open = statuses.removeValue(forKey: request) else { return }
        effects.append(.reply(open.client, .json(statusDocument(open))))
    }

    private func statusDocument(_ open: OpenStatus) -> String {
        var json = JSONText()
        json.object { json in
            json.string("cluster", cluster.name)
            json.number("ringVersion", cluster.version)
            json.number("partitions", ring.partitionCount)
            json.array("nodes") { json in
                for index in cluster.indices {
                    let answer = open.answers.first { $0.member == index }?.status
                    json.object { write(index, answer, to: &$0) }
                }
            }
        }
        return json.text
    }

    private func write(_ index: MemberIndex, _ status: NodeStatus?, to json: inout JSONText) {
        let member = cluster.member(index)
        json.string("name", member.name)
        json.string("status", opinion(of: index, answered: status != nil))
        json.string("zone", member.zone)
        json.string("client", member.client)
        json.string("peer", member.peer)
        json.string("http", member.http)
        guard let status else { return }
        json.string("id", status.id.description)
        json.number("pid", status.process)
        json.number("records", status.counts.records)
        json.number("liveRecords", status.counts.live)
        json.number("deadRecords", status.counts.dead)
        if !status.reapingWaitsFor.isEmpty {
            writeNames(of: status.reapingWaitsFor, as: "reapingWaitsFor", to: &json)
        }
        json.number("hintsPending", status.counts.hints)
        json.number("hintBytes", status.counts.hintBytes)
        json.number("requestsInFlight", status.requests)
        json.number("readsJudged", status.readsJudged)
        json.number("staleReads", status.staleReads)
        json.number("staleAgeP99Milliseconds", status.staleAgeP99Milliseconds)
        json.bool("counted", status.refill == .done)
        if status.refill != .done {
            json.bool("refilling", status.refill == .refilling)
            writeNames(of: status.waitsFor, as: "waitsFor", to: &json)
        }
        if let scrub = status.scrub {
            json.object("scrub") { json in
                json.number("finishedAtMilliseconds", scrub.finishedAtMilliseconds)
                json.number("records", scrub.records)
                json.number("unreadable", scrub.unreadable)
            }
        }
        if !status.storeFailure.isEmpty {
            json.string("storeFailure", status.storeFailure)
        }
    }

    private func writeNames(
        of members: [MemberIndex], as field: String, to json: inout JSONText
    ) {
        json.array(field) { json in
            for member in members where cluster.indices.contains(member) {
                json.string(nil, name(member))
            }
        }
    }

    /// A member that was asked and did not answer is not shown as up.
    private func opinion(of index: MemberIndex, answered: Bool) -> String {
        guard index != local else { return "up" }
        switch detector.status(of: index) {
        case .up: return answered ? "up" : "suspect"
        case .suspect: return "suspect"
        case .down: return "down"
        }
    }

    /// Who owns what, or where one key lives.
    func ringDocument(_ key: Key?) -> String {
        var json = JSONText()
        json.object { json in
            json.string("cluster", cluster.name)
            json.number("ringVersion", cluster.version)
            json.number("partitions", ring.partitionCount)
            if let key {
                write(key, to: &json)
            } else {
                json.array("nodes") { writeOwners(to: &$0) }
            }
        }
        return json.text
    }

    private func write(_ key: Key, to json: inout JSONText) {
        let properties = buckets.properties(of: key.bucket)
        let partition = ring.partition(of: key.hash)
        let list = cluster.placement.preferenceList(for: partition, n: properties.n)
        json.string("bucket", String(decoding: key.bucket, as: UTF8.self))
        json.string("key", String(decoding: key.key, as: UTF8.self))
        json.number("partition", partition.raw)
        json.number("n", properties.n)
        json.array("primaries") { json in
            for member in list.primaries { json.string(nil, name(member)) }
        }
        json.array("fallbacks") { json in
            for member in list.fallbacks { json.string(nil, name(member)) }
        }
    }

    private func writeOwners(to json: inout JSONText) {
        var first = Array(repeating: 0, count: starts.count)
        var replicas = first
        for partition in ring.partitions {
            let list = cluster.placement.preferenceList(
                for: partition, n: cluster.defaults.n)
            for (position, member) in list.primaries.enumerated() {
                replicas[Int(member.raw)] += 1
                first[Int(member.raw)] += position == 0 ? 1 : 0
            }
        }
        for index in cluster.indices {
            json.object { json in
                json.string("name", name(index))
                json.string("zone", cluster.member(index).zone)
                json.number("firstOwner", first[Int(index.raw)])
                json.number("replicas", replicas[Int(index.raw)])
            }
        }
    }
}
