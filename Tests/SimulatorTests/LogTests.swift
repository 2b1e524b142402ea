import Scenarios
import Testing

@testable import Simulator

@Suite struct LogTests {
    private static func simulation(_ name: String, _ level: LogLevel) throws -> Simulation {
        var options = RunOptions()
        options.log = level
        return Simulation(try #require(Scenarios.plan(named: name)), options: options)
    }

    private static let telling = [
        "kv679-dataloss", "kv679-tombstone", "old-image", "story-12-reply-covers-the-unseen",
        "disk-full-failed-commit",
    ]

    @Test(arguments: telling)
    func `A log speaks the words of the protocol, one short line each`(name: String) throws {
        let log = try LogTests.simulation(name, .events).run().log
        #expect(log.count > 100)
        let raw = ["Optional(", "ArraySlice", "Membership.", "(name:", "([", "no words for", "\n"]
        let wrong = log.first { line in raw.contains { line.text.contains($0) } }
        #expect(wrong == nil, "\(wrong?.text ?? "")")
    }

    @Test(arguments: telling)
    func `Notes tell of every acknowledged request and its answer`(name: String) throws {
        let simulation = try LogTests.simulation(name, .notes)
        let log = simulation.run().log
        var asked: Set<Int> = []
        var told: Set<Int> = []
        for line in log {
            let words = line.text.split(separator: " ")
            guard let number = words.first.flatMap({ $0.first == "#" ? Int($0.dropFirst()) : nil })
            else { continue }
            if words.contains("asks") { asked.insert(number) }
            if words.contains("told:"), !words.contains("not") { told.insert(number) }
        }
        let history = simulation.judge.history
        let done = history.indices.filter { history[$0].outcome == .done }
        #expect(!done.isEmpty)
        #expect(done.allSatisfy { asked.contains($0) && told.contains($0) })
    }

    @Test func `No text is made where no log is wanted`() throws {
        let plan = try #require(Scenarios.plan(named: "bridge"))
        let simulation = Simulation(plan)
        #expect(simulation.run().log.isEmpty)
        #expect(simulation.words.takeIntroduced().isEmpty, "no actor was given a name")
    }

    @Test func `Acknowledged operations are among those that began`() throws {
        for name in LogTests.telling {
            let report = Simulation(try #require(Scenarios.plan(named: name))).run()
            #expect(report.acknowledged > 0)
            #expect(
                report.acknowledged + report.refused + report.unknown <= report.operations,
                "\(name)")
        }
    }
}
