import FoundationEssentials
import Glibc

/// A node that this process has started.
struct NodeProcess: Sendable {
    /// The name of the node.
    let name: String
    /// Its process.
    let identifier: pid_t

    /// How a process ended.
    enum End {
        /// By itself, with this status.
        case exited(Int32)
        /// By this signal.
        case killed(Int32)
        /// In a way that was told before.
        case seen
    }

    /// Starts a node in a session of its own, with nothing open but its log.
    init(name: String, configuration: String, log: String) throws(Failure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = NodeProcess.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        NodeProcess.keepDescriptorsFromChildren()
        var process = pid_t()
        let error = withCStrings(["dynactl", "node", "--config", configuration]) { arguments in
            withCStrings(environment) { variables in
                posix_spawn(
                    &process, NodeProcess.executable, &actions, &attributes, arguments, variables)
            }
        }
        guard error == 0 else {
            throw .internal("the process of \(name) cannot be started: \(errorText(error))")
        }
        self.name = name
        identifier = process
    }

    /// How the process ended; nil while it runs.
    ///
    /// Tells it once: the process is gone for good then, and further calls answer `.seen`.
    func end() -> End? {
        var status: Int32 = 0
        let found = waitpid(identifier, &status, WNOHANG)
        guard found != 0 else { return nil }
        guard found == identifier else { return .seen }
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
    }

    /// The program that is running now, also if another has taken its name since.
    private static var executable: String {
        let link = "/proc/self/exe"
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
        guard let target, access(target, X_OK) == 0 else { return link }
        return target
    }

    /// Lets nothing that is open be inherited, also not what was inherited itself.
    private static func keepDescriptorsFromChildren() {
        for name in Paths.names(in: "/proc/self/fd") {
            guard let descriptor = Int32(name), descriptor > STDERR_FILENO else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// `POSIX_SPAWN_SETSID` of Linux, which the C library shows to GNU programs only.
    private static let newSession: Int32 = 0x80

    /// A new session, and no signal blocked or ignored.
    private static func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        let flags = newSession | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }
}

/// Calls `body` with texts as C expects them, a null pointer behind the last.
private func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    return body(pointers)
}
