import ArgumentParser
import Glibc
import Simulator
import Testing

@testable import SimulateCommand

@Suite struct ArgumentsTests {
    @Test func aSeedIsReadAsItIsShown() {
        for raw in [0, 7, 0xdead_beef, UInt64.max] {
            #expect(Seed(argument: Seed.text(raw))?.raw == raw)
        }
    }

    /// The status with which the command ends when it only reads its arguments.
    private func status(_ arguments: String...) -> Int32 {
        do {
            _ = try SimulateCommand.parseAsRoot(arguments)
            return 0
        } catch {
            return SimulateCommand.exitCode(for: error).rawValue
        }
    }

    @Test func theContractsOptionsAreUnderstood() {
        #expect(
            status(
                "run", "--seed", "0x1", "--scenario", "x", "--profile", "lite", "--store",
                "sqlite", "--log", "notes", "--html", "a", "--plan", "b", "--json") == 0)
        #expect(
            status(
                "sweep", "--seeds", "3", "--first-seed", "0x5", "--profile", "over-budget",
                "--jobs", "1", "--coverage", "--check-share", "5", "--stop", "--json", "--quiet")
                == 0)
        #expect(status("check", "--seeds", "2", "--profile", "calm", "--first-seed", "9") == 0)
        #expect(status("replay", "a.plan", "--log", "events", "--html", "b", "--json") == 0)
        #expect(status("shrink", "--seed", "1", "--out", "a", "--minutes", "2", "--runs", "9") == 0)
        #expect(status("list", "--json") == 0)
        #expect(status("show", "bridge") == 0)
    }

    @Test func wrongUseEndsWith64() {
        #expect(status("run", "--seed", "seven") == 64)
        #expect(status("run", "--seed", "1", "--profile", "stormy") == 64)
        #expect(status("sweep", "--seeds", "0") == 64)
        #expect(status("sweep", "--jobs", "0") == 64)
        #expect(status("sweep", "--check-share", "101") == 64)
        #expect(status("sweep", "--from", "no-hash") == 64)
        #expect(status("sweep", "--from", "abc", "--first-seed", "1") == 64)
        #expect(status("shrink") == 64)
        #expect(status("shrink", "--seed", "1", "--plan", "a.plan") == 64)
        #expect(status("shrink", "--seed", "1", "--minutes", "0") == 64)
        #expect(status("storm") == 64)
    }

    @Test func everyCommandHasExamples() {
        for command in SimulateCommand.configuration.subcommands + [SimulateCommand.self] {
            #expect(command.helpMessage().contains("Example"), "\(command)")
        }
    }

    @Test func seedsFollowTheFirst() throws {
        #expect(try SweepCommand.parse([]).choice.seed(0) == 1)
        #expect(try SweepCommand.parse(["--first-seed", "0x10"]).choice.seed(2) == 0x12)
        let last = try SweepCommand.parse(["--first-seed", "18446744073709551615"]).choice
        #expect(last.seed(1) == 0)
    }

    @Test func aCommitGivesItsOwnSeeds() throws {
        let hash = "db01c63fffffffffffffffffffffffffffffffff"
        #expect(try SweepCommand.parse(["--from", hash]).choice.seed(3) == 0xdb01_c63f_ffff_0003)
    }

    @Test(arguments: [0, 1, 5, 34, 60, 100])
    func theCheckedShareIsTheShareThatIsAskedFor(_ share: Int) throws {
        let sweep = try SweepCommand.parse(["--check-share", String(share)])
        #expect((0..<100).filter(sweep.isChecked).count == share)
        #expect(sweep.isChecked(0) == (share > 0))
    }

    // MARK: Files

    @Test func aFileThatCannotBeReadOrWrittenEndsWith74() {
        #expect(throws: ExitCode(74)) { try Plans.read("/nowhere/a.plan") }
        #expect(throws: ExitCode(74)) { try Plans.read("/") }
        #expect(throws: ExitCode(74)) { try Files.write("a", to: "/nowhere/a.plan") }
    }

    @Test func aPlanThatCannotBeParsedEndsWith65() throws {
        let path = "/tmp/dyna-simulate-\(getpid())-\(UInt32.random(in: 0 ... .max)).plan"
        defer { unlink(path) }
        try Files.write("nodes many\n", to: path)
        #expect(throws: ExitCode(65)) { try Plans.scenario(path) }
        let plan = Plan.drawn(seed: 5, profile: .lite)
        try Files.write(plan.text(), to: path)
        #expect(try Plans.read(path) == plan)
    }

    @Test func everyListedScenarioCanBeShownAndRead() throws {
        for scenario in ScenarioList.all {
            #expect(ScenarioList.text(named: scenario.name) != nil)
            #expect(!scenario.summary.isEmpty, "\(scenario.name)")
            #expect(try Plans.scenario(scenario.name).name == scenario.name)
        }
        #expect(throws: ValidationError.self) { try Plans.scenario("no-such-scenario") }
    }
}
