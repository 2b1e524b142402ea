import Foundation
import Testing

@Suite(.serialized) struct RunsUnderWayTests {
    // A process inherits from a thread of the tests that SIGABRT is blocked; these never are.
    @Test(arguments: [(SIGILL, "SIGILL"), (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS")])
    func aProcessThatBreaksNamesWhatRan(signal: Int32, name: String) throws {
        let sweep = Process()
        let (output, errors) = (Pipe(), Pipe())
        sweep.executableURL = try simulate()
        sweep.arguments = [
            "sweep", "--seeds", "100000", "--profile", "lite", "--jobs", "2", "--check-share", "0",
        ]
        sweep.standardOutput = output
        sweep.standardError = errors
        try sweep.run()
        for pipe in [output, errors] { try pipe.fileHandleForWriting.close() }
        // Its first line says that a seed is done: the next ones run.
        let line = output.fileHandleForReading.availableData
        kill(sweep.processIdentifier, signal)
        let said = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        sweep.waitUntilExit()
        #expect(String(decoding: line, as: UTF8.self).hasPrefix("seed=0x"))
        #expect(sweep.terminationReason == .uncaughtSignal)
        #expect(sweep.terminationStatus == signal)
        let lines = said.split(separator: "\n")
        #expect(lines.first == "simulate: ended by \(name)")
        let commands = lines.filter {
            $0.contains(": simulate run --seed 0x") && $0.hasSuffix(" --profile lite")
        }
        #expect((1...2).contains(commands.count), "\(said)")
        #expect(lines.count == commands.count + 1, "\(said)")
    }

    /// The program lies beside the tests, where the build puts it.
    private func simulate() throws -> URL {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: tests).deletingLastPathComponent()
            .appendingPathComponent("simulate")
    }
}
