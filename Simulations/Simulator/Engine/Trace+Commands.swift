import Primitives
import Replica

// What a node asks of its store, word by word.
extension Trace {
    /// Takes in a command with all that it says.
    mutating func add(_ command: ReplicaCommand) {
        switch command {
        case .get(let key): add(1, key)
        case .put(let put):
            add(2)
            add(put)
        case .merge(let merge):
            add(3)
            add(merge)
        case .count: add(4)
        case .keepHint(let keeping):
            add(5)
            add(keeping.hint)
            add(keeping.targets) { $0.add($1) }
        case .getHint(let key): add(6, key)
        case .pageHints(let page):
            add(7)
            add(page)
        case .settleHints(let member, let hints):
            add(8)
            add(member)
            add(hints) { $0.add($1) }
        default: add(comparing: command)
        }
    }

    /// Commands of anti-entropy and of reaping.
    private mutating func add(comparing command: ReplicaCommand) {
        switch command {
        case .treeHashes(let nodes):
            add(9)
            add(nodes) { $0.add($1) }
        case .leafKeys(let node, let after, let limit):
            add(10)
            add(node)
            add(optional: after) { $0.add($1) }
            add(count: limit)
        case .getAll(let hashes, let bytesMax):
            add(11)
            add(hashes) { $0.add($1) }
            add(count: bytesMax)
        case .listDead(let after, let until, let limit):
            add(12)
            add(optional: after) { $0.add($1) }
            add(until.raw)
            add(count: limit)
        case .digests(let keys): add(13, keys)
        case .findCopies(let keys): add(14, keys)
        case .reap(let records, let time):
            add(15)
            add(records) { $0.add($1) }
            add(time.raw)
        case .scrub(let scrub):
            // The rule by which records are filed follows from the buckets, which are taken in
            // when they are kept.
            add(16)
            add(scrub.place)
            add(count: scrub.countMax)
            add(count: scrub.bytesMax)
        case .recheck(let keys): add(17, keys)
        case .mend(let mend): add(mend)
        default: add(remembering: command)
        }
    }

    /// Commands that keep facts about the node and the cluster.
    private mutating func add(remembering command: ReplicaCommand) {
        switch command {
        case .leaseClock(let bound):
            add(18)
            add(bound.raw)
        case .rememberStart(let name, let start, let past):
            add(19)
            add(name)
            add(start)
            add(past.nodes) { $0.add($1.raw) }
            add(past.areReplaced)
        case .setRefill(let state):
            add(20)
            add(state.rawValue)
        case .setBucket(let entry):
            add(21)
            add(entry)
        case .trustPreviousRun: add(22)
        case .markStale(let name, let known):
            add(23)
            add(name)
            add(known)
        case .markClean(let clock):
            add(24)
            add(clock.raw)
        // All others are taken in above; named here, so that a new command has to be, too.
        case .get, .put, .merge, .count, .keepHint, .getHint, .pageHints, .settleHints, .treeHashes,
            .leafKeys, .getAll, .listDead, .digests, .findCopies, .reap, .scrub, .recheck, .mend:
            break
        }
    }

    // MARK: Their parts

    private mutating func add(_ kind: UInt64, _ key: Key) {
        add(kind)
        add(key)
    }

    private mutating func add(_ kind: UInt64, _ keys: [Key]) {
        add(kind)
        add(keys) { $0.add($1) }
    }

    private mutating func add(_ put: PutCommand) {
        add(put.key)
        add(optional: put.version.value) { $0.add($1) }
        add(put.version.timestamp.raw)
        add(put.version.operation)
        add(put.version.expiry?.raw ?? 0)
        switch put.basis {
        case .seen(let vector):
            add(1)
            add(vector)
        case .overwrite(let vector):
            add(2)
            add(vector)
        }
        add(UInt64(put.conflict.rawValue) << 8 | UInt64(put.copies))
        switch put.hints {
        case .none: add(1)
        case .beside(let members):
            add(2)
            add(members) { $0.add($1) }
        case .instead(let members):
            add(3)
            add(members) { $0.add($1) }
        }
    }

    private mutating func add(_ merge: MergeCommand) {
        add(merge.key)
        add(merge.record)
        add((merge.isComplete ? 256 : 0) | UInt64(merge.copies))
        add(merge.readAt.raw)
    }

    private mutating func add(_ page: HintPageCommand) {
        add(page.target)
        add(optional: page.after) { $0.add($1) }
        add(count: page.countMax)
        add(count: page.bytesMax)
    }

    private mutating func add(_ mend: MendCommand) {
        switch mend {
        case .leaves(let leaves):
            add(25)
            add(leaves) { $0.add($1) }
        case .hints(let keys): add(26, keys)
        case .refile(let keys):
            add(27)
            add(keys) {
                $0.add($1.key)
                $0.add(UInt64($1.copies))
            }
        }
    }
}
