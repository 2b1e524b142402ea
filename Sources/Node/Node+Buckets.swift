import Causality
import Primitives
import Quorum
import Replica
import Ring
import Wire

// The properties of buckets: the newest by hybrid clock wins on every node.
extension Node {
    mutating func take(
        _ request: BucketRequest, from token: ClientToken, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch request {
        case .list:
            effects.append(.reply(token, .json(bucketsDocument())))
        case .show(let name):
            effects.append(.reply(token, .json(bucketDocument(name))))
        case .set(let name, let changes):
            switch entry(for: name, changes, now) {
            case .success(let entry):
                pendingBuckets[name] = entry
                effects.append(.store(.setBucket(entry), .bucket(token, entry)))
            case .failure(let failure):
                effects.append(.reply(token, .failed(failure)))
            }
        }
    }

    private mutating func entry(
        for name: Bytes, _ changes: [(name: String, value: String)], _ now: Instant
    ) -> Result<BucketEntry, RequestFailure> {
        var properties = buckets.properties(of: name)
        if let pending = pendingBuckets[name] {
            properties = (try? BucketProperties(decoding: pending.properties)) ?? properties
        }
        do throws(BucketPropertyError) {
            for change in changes {
                try properties.set(name: change.name, to: change.value)
            }
            try properties.validate(members: others.count + 1)
        } catch {
            return .failure(.badRequest(error.description))
        }
        guard buckets.entry(of: name) != nil || buckets.entries.count < settings.bucketsMax
        else {
            let limit = settings.bucketsMax
            return .failure(.badRequest("\(limit) buckets have properties already, the limit"))
        }
        guard let timestamp = clock.tick(now) else {
            return .failure(.overloaded("the clock's lease is being extended"))
        }
        return .success(
            BucketEntry(
                name: name, timestamp: timestamp, properties: properties.encoded()[...]))
    }

    /// Properties are durable here now: uses them and tells the others.
    mutating func adopt(
        _ entry: BucketEntry, for token: ClientToken?, _ reply: ReplicaReply, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        if pendingBuckets[entry.name] == entry {
            pendingBuckets[entry.name] = nil
        }
        guard case .done = reply else {
            guard let token, case .failed(let failure) = reply else { return }
            effects.append(.reply(token, .failed(.storeFailed(failure.description))))
            return
        }
        if buckets.adopt(entry) {
            effects.append(.note(.bucketChanged(entry)))
        }
        guard let token else { return }
        for member in others where detector.isConnected(member) {
            send(.buckets([entry]), to: member, now, &effects)
        }
        effects.append(.reply(token, .json(bucketDocument(entry.name))))
    }

    /// Stores what a member knows better.
    mutating func learn(
        _ entries: [BucketEntry], _ now: Instant, _ effects: inout [Effect]
    ) {
        for entry in entries where buckets.isNews(entry) {
            guard clock.isAcceptable(entry.timestamp, now) else { continue }
            effects.append(.store(.setBucket(entry), .bucket(nil, entry)))
        }
    }

    /// Sends everything to a member whose digest differs; it does the same.
    mutating func compareBuckets(
        _ digest: UInt64, with member: MemberIndex, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        guard digest != buckets.digest, !buckets.entries.isEmpty else { return }
        send(.buckets(buckets.entries), to: member, now, &effects)
    }

    private func bucketDocument(_ name: Bytes) -> String {
        var json = JSONText()
        write(name, buckets.properties(of: name), to: &json)
        return json.text
    }

    private func bucketsDocument() -> String {
        var json = JSONText()
        json.object { json in
            json.object("defaults") { write(buckets.defaults, to: &$0) }
            json.array("buckets") { json in
                for entry in buckets.entries {
                    write(entry.name, buckets.properties(of: entry.name), to: &json)
                }
            }
        }
        return json.text
    }

    private func write(_ name: Bytes, _ properties: BucketProperties, to json: inout JSONText) {
        json.object { json in
            json.string("name", String(decoding: name, as: UTF8.self))
            write(properties, to: &json)
        }
    }

    private func write(_ properties: BucketProperties, to json: inout JSONText) {
        for field in properties.fields {
            if let number = Int(field.value) {
                json.number(field.name, number)
            } else {
                json.string(field.name, field.value)
            }
        }
    }
}
