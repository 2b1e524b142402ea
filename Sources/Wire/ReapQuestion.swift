import Causality
import Primitives
import Replica

/// What a node that reaps dead records asks of another.
package struct ReapQuestion: Equatable, Sendable {
    /// What is asked.
    package let step: ReapStep
    /// The version of the cluster state: owners change with it.
    package let version: UInt64
    /// The question counts for nothing before this time.
    package let notBefore: HybridTimestamp
    /// The records.
    package let records: [DeadRecord]

    /// A question.
    package init(
        _ step: ReapStep, version: UInt64, notBefore: HybridTimestamp, records: [DeadRecord]
    ) {
        self.step = step
        self.version = version
        self.notBefore = notBefore
        self.records = records
    }
}

// The step (8 bits), the cluster state's version (64), the time (64), the records.
extension ReapQuestion {
    var encodedSize: Int { records.reduce(1 + 8 + 8 + 4) { $0 + $1.encodedSize } }

    func write(to writer: inout ByteWriter) {
        writer.write(step.rawValue)
        writer.write(version)
        writer.write(notBefore.raw)
        writer.write(list: records) { $0.write(to: &$1) }
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        guard let step = ReapStep(rawValue: try reader.read()) else {
            throw MalformedBytes("step")
        }
        let version: UInt64 = try reader.read()
        let notBefore = HybridTimestamp(try reader.read())
        self.init(
            step, version: version, notBefore: notBefore,
            records: try reader.readList(
                elementSize: DeadRecord.encodedSizeMin, DeadRecord.init(reading:)))
    }
}

extension DeadRecord {
    static let encodedSizeMin = 2 + Hash128.encodedSize + 1

    var encodedSize: Int { key.encodedSize + Hash128.encodedSize + 1 }

    func write(to writer: inout ByteWriter) {
        key.write(to: &writer)
        digest.write(to: &writer)
        writer.write(copies)
    }

    init(reading reader: inout ByteReader) throws(MalformedBytes) {
        let key = try Key(reading: &reader)
        let digest = try Hash128(reading: &reader)
        self.init(key: key, digest: digest, copies: try reader.read())
    }
}
