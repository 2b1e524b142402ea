/// What is wrong with a line of a plan, and what to write instead.
package struct PlanTextError: Error, Equatable, CustomStringConvertible {
    /// Which line, from 1.
    package var line: Int
    /// What is wrong with it.
    package var reason: String

    /// What is wrong with a line.
    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    /// The line with the reason.
    package var description: String { "line \(line): \(reason)" }
}
