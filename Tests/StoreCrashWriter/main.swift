// Writes batches into a database until it is killed, and says on standard output what was
// acknowledged: one line with key, operation id and size of the value per put, written only after
// the store reported it durable. A value begins with its operation id and is filled with "x".
//
// Usage: StoreCrashWriter <database> <seed> <round>

import Causality
import Glibc
import Primitives
import Replica
import Store

/// Blind puts over a small set of keys: records grow by siblings and are rewritten all the time.
struct Writer {
    let store: SQLiteStore
    let round: String
    var random: RandomStream
    var count = 0

    mutating func writeBatch() {
        let size = Int.random(in: 1...32, using: &random)
        var commands: [ReplicaCommand] = []
        var lines: [String] = []
        for _ in 0..<size {
            let (command, line) = nextPut()
            commands.append(command)
            lines.append(line)
        }
        store.execute(commands) { phase, replies in
            guard phase == .durable else { return }
            var output = ""
            for (index, reply) in replies {
                guard case .put = reply else {
                    fatalError("a put was answered with \(reply)")
                }
                output += lines[index] + "\n"
            }
            Writer.print(output)
        }
    }

    private mutating func nextPut() -> (ReplicaCommand, String) {
        count += 1
        let name = "key\(random.next() % 200)-\(round)"
        let operation = "\(round).\(count)"
        let value = operation + String(repeating: "x", count: Int(random.next() % 600))
        guard let key = Key(bucket: Array("crash".utf8), key: Array(name.utf8)) else {
            fatalError("an impossible key: \(name)")
        }
        let version = Version(
            content: .value(Bytes(text: value)),
            timestamp: HybridTimestamp(milliseconds: UInt64(count)),
            operation: Bytes(text: operation))
        var command = PutCommand(
            key: key, version: version, basis: .seen(VersionVector()), conflict: .siblings)
        command.copies = 3
        return (.put(command), "\(name) \(operation) \(value.utf8.count)")
    }

    private static func print(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { exit(1) }
            bytes = bytes.dropFirst(written)
        }
    }
}

guard CommandLine.arguments.count == 4, let seed = UInt64(CommandLine.arguments[2]) else {
    fatalError("usage: StoreCrashWriter <database> <seed> <round>")
}
var options = StoreOptions(path: CommandLine.arguments[1], seed: seed)
options.checkpointPages = 200
options.treeLogMax = 100
let store: SQLiteStore
do {
    store = try SQLiteStore(opening: options)
} catch {
    fatalError("cannot open: \(error)")
}
var writer = Writer(
    store: store, round: CommandLine.arguments[3], random: RandomStream(seed: seed))
while true {
    writer.writeBatch()
}
