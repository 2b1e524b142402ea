/// Why a command ends with another exit status than 0.
struct Failure: Error {
    /// What to tell; nil if everything has been told.
    let message: String?
    /// The exit status.
    let exitCode: Int32

    init(_ message: String?, exitCode: Int32) {
        self.message = message
        self.exitCode = exitCode
    }

    /// There is no such key.
    static func notFound(_ message: String?) -> Failure { Failure(message, exitCode: 1) }
    /// A key has several siblings.
    static func severalSiblings(_ message: String?) -> Failure { Failure(message, exitCode: 3) }
    /// The arguments contradict each other or what is stored.
    static func usage(_ message: String) -> Failure { Failure(message, exitCode: 64) }
    /// The input cannot be used.
    static func data(_ message: String) -> Failure { Failure(message, exitCode: 65) }
    /// Something is not there or in use, and nothing was changed.
    static func unavailable(_ message: String) -> Failure { Failure(message, exitCode: 69) }
    /// What cannot happen.
    static func `internal`(_ message: String) -> Failure { Failure(message, exitCode: 70) }
    /// A file or a pipe could not be read or written.
    static func inputOutput(_ message: String?) -> Failure { Failure(message, exitCode: 74) }
    /// Something took too long.
    static func timedOut(_ message: String) -> Failure { Failure(message, exitCode: 75) }
}

/// What an error tells a person.
func explanation(of error: any Error) -> String {
    (error as? Failure)?.message ?? "\(error)"
}
