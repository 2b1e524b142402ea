import Foundation
import Scenarios
import Simulator
import Testing

@Suite struct ScenarioTests {
    @Test func `Every plan in the directory is a scenario, built in as it is`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let directory = root.appending(path: "Simulations/Scenarios/Plans")
        let files = try FileManager.default.contentsOfDirectory(
            at: directory, includingPropertiesForKeys: nil)
        let names = files.map { $0.deletingPathExtension().lastPathComponent }.sorted()
        #expect(names == Scenarios.names)
        for file in files {
            #expect(file.pathExtension == "plan")
            let name = file.deletingPathExtension().lastPathComponent
            #expect(try String(contentsOf: file, encoding: .utf8) == Scenarios.text(named: name))
        }
    }

    @Test(arguments: Scenarios.names)
    func `A scenario has its name, a story, and something to do`(name: String) throws {
        let plan = try Plan(parsing: #require(Scenarios.text(named: name)))
        #expect(plan == Scenarios.plan(named: name))
        #expect(plan.name == name)
        #expect((1...4).contains(plan.story.count))
        #expect(plan.story.allSatisfy { $0.count <= 94 })
        let writes = plan.world.freshness.writes
        #expect(plan.workloads.count + plan.operations.count + writes > 0)
        #expect(try Plan(parsing: plan.text()) == plan)
    }

    @Test(arguments: Scenarios.names)
    func `A scenario passes, or trips the oracle that it names`(name: String) throws {
        let plan = try #require(Scenarios.plan(named: name))
        let report = Simulation(plan).run()
        let found = report.violations.first
        #expect(
            found?.oracle.rawValue == plan.expectedViolation,
            "\(found?.text ?? "it passes") \(found?.evidence ?? [])")
    }

    @Test func `There is no scenario of another name`() {
        #expect(Scenarios.plan(named: "nothing-of-the-kind") == nil)
        #expect(Scenarios.text(named: "nothing-of-the-kind") == nil)
    }
}
