import Primitives
import Replica
import Ring

/// The properties of buckets as this node knows them.
struct BucketTable: Sendable {
    /// The properties of buckets that have none of their own.
    let defaults: BucketProperties
    /// What was set, ascending by name.
    private(set) var entries: [BucketEntry] = []
    /// A digest of the entries; equal tables have equal digests.
    private(set) var digest: UInt64 = 0
    private var properties: [Bytes: BucketProperties] = [:]

    /// A table of entries; those whose properties cannot be read are left out.
    init(defaults: BucketProperties, entries: [BucketEntry]) {
        self.defaults = defaults
        for entry in entries {
            adopt(entry)
        }
    }

    /// All n that buckets have, ascending.
    var copies: [Int] {
        // order-free: sorted right here.
        Set(properties.values.map(\.n) + [defaults.n]).sorted()
    }

    /// In which trees records are to be filed.
    var filing: FilingRule {
        FilingRule(
            defaults: UInt8(clamping: defaults.n),
            copies: properties.mapValues { UInt8(clamping: $0.n) })
    }

    /// The properties of a bucket.
    func properties(of bucket: Bytes) -> BucketProperties {
        guard !entries.isEmpty else { return defaults }
        return properties[bucket] ?? defaults
    }

    /// What was set for a bucket.
    func entry(of bucket: Bytes) -> BucketEntry? {
        let index = position(of: bucket)
        return index < entries.count && entries[index].name == bucket ? entries[index] : nil
    }

    /// Whether an entry is newer than what is known.
    func isNews(_ entry: BucketEntry) -> Bool {
        self.entry(of: entry.name).map { entry.isNewer(than: $0) } ?? true
    }

    /// Takes an entry in if it is newer than what is known; false where it is not, or unreadable.
    @discardableResult
    mutating func adopt(_ entry: BucketEntry) -> Bool {
        guard isNews(entry), let value = try? BucketProperties(decoding: entry.properties)
        else { return false }
        let index = position(of: entry.name)
        if index < entries.count, entries[index].name == entry.name {
            entries[index] = entry
        } else {
            entries.insert(entry, at: index)
        }
        properties[entry.name] = value
        digest = entries.reduce(0) { $0 &+ $1.digest }
        return true
    }

    private func position(of bucket: Bytes) -> Int {
        entries.firstIndex { !$0.name.lexicographicallyPrecedes(bucket) } ?? entries.count
    }
}

extension BucketEntry {
    /// An order-independent part of a table's digest.
    var digest: UInt64 {
        let bytes = [UInt8](encodingSize: 4 + name.count + 8 + properties.count) { writer in
            writer.write(sized: name)
            writer.write(timestamp.raw)
            writer.write(properties)
        }
        return Murmur3.hash128(bytes[...]).low
    }
}
