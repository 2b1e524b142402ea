import Causality
import Foundation
import Glibc
import Primitives
import Replica
import Testing

@testable import Store

/// A process that writes is killed at random moments.
@Suite struct CrashTests {
    /// A put that was acknowledged before its process was killed.
    private struct Acknowledged {
        let name: String
        let operation: String
        let size: Int

        init?(line: Substring) {
            let parts = line.split(separator: " ")
            guard parts.count == 3, let size = Int(parts[2]) else { return nil }
            name = String(parts[0])
            operation = String(parts[1])
            self.size = size
        }

        var value: String { operation + String(repeating: "x", count: size - operation.count) }
    }

    @Test func `Two hundred kills lose no acknowledged write`() throws {
        let scratch = try Scratch()
        var random = RandomStream(seed: 20_260)
        var pending: [Acknowledged] = []
        var all: [Acknowledged] = []
        var roundsWithWrites = 0
        for round in 1...200 {
            let writer = try CrashWriter(path: scratch.path, round: round)
            let delay = Int32(random.next() % 40 + 1)
            // Every eighth process is killed while it opens the database, or soon after.
            let output = writer.killed(afterMilliseconds: delay, ofWriting: round % 8 != 0)
            let acknowledged = output.split(separator: "\n").compactMap(Acknowledged.init(line:))
            roundsWithWrites += acknowledged.isEmpty ? 0 : 1
            pending += acknowledged
            if round % 20 == 0 {
                try check(pending, scratch, seed: UInt64(round))
                all += pending
                pending = []
            }
        }
        try check(all, scratch, seed: 999)
        #expect(roundsWithWrites > 150, "only \(roundsWithWrites) processes came to write")
        #expect(all.count > 2_000, "only \(all.count) writes were acknowledged")
    }

    private func check(
        _ acknowledged: [Acknowledged], _ scratch: Scratch, seed: UInt64
    ) throws {
        let store = try scratch.open(seed: seed << 32)
        for (name, puts) in Dictionary(grouping: acknowledged, by: \.name) {
            let key = try #require(Key(bucket: Array("crash".utf8), key: Array(name.utf8)))
            guard case .record(let bytes?) = store.run(.get(key))[0] else {
                Issue.record("\(name) is lost")
                continue
            }
            let record = try Record(decoding: bytes)
            for put in puts {
                let sibling = record.sibling(of: Bytes(text: put.operation))
                #expect(sibling?.value.value == Bytes(text: put.value), "\(put) is lost")
            }
        }
        let found = try store.connection.number("SELECT count(*) FROM records")
        #expect(try store.currentCounts().records == UInt64(found))
        #expect(store.checkTrees() == nil)
        #expect(store.recovered.rebuiltTrees == 0)
        store.connection.close(checkpointing: false)
    }
}

/// A running process that writes until it is killed.
struct CrashWriter {
    private let process = Process()
    private let pipe = Pipe()

    /// Starts it; the executable lies beside that of the tests.
    init(path: String, round: Int) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: tests)
            .deletingLastPathComponent().appendingPathComponent("StoreCrashWriter")
        process.arguments = [path, "\(round)", "\(round)"]
        process.standardOutput = pipe
        try process.run()
        try pipe.fileHandleForWriting.close()
    }

    /// Kills the process some time after it began to write, or after its start; everything that it
    /// said in complete lines.
    func killed(afterMilliseconds delay: Int32, ofWriting: Bool) -> Substring {
        var output: [UInt8] = []
        if ofWriting {
            read(into: &output, milliseconds: 20_000)
        }
        let end = DispatchTime.now().uptimeNanoseconds + UInt64(delay) * 1_000_000
        while case let now = DispatchTime.now().uptimeNanoseconds, now < end {
            read(into: &output, milliseconds: Int32((end - now) / 1_000_000))
        }
        kill(process.processIdentifier, SIGKILL)
        while read(into: &output, milliseconds: 20_000) {}
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        #expect(process.terminationStatus == SIGKILL)
        let text = String(decoding: output, as: UTF8.self)
        guard let last = text.lastIndex(of: "\n") else { return "" }
        return text[..<last]
    }

    /// Waits for output for a while and takes it; false where there is none any more.
    @discardableResult
    private func read(into output: inout [UInt8], milliseconds: Int32) -> Bool {
        let file = pipe.fileHandleForReading.fileDescriptor
        var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else { return false }
        output += buffer.prefix(count)
        return true
    }
}
