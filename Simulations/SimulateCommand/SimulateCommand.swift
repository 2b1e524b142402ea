import ArgumentParser

/// Runs the nodes in a world that breaks.
public struct SimulateCommand: ParsableCommand {
    /// How the command is called.
    public static let configuration = CommandConfiguration(commandName: "simulate")

    /// For the parser.
    public init() {}
}
