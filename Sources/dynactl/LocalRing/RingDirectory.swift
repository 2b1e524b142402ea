import Glibc
import Server

/// The directory of a local ring: a directory for each node, named like it.
struct RingDirectory {
    /// The absolute path.
    let path: String

    init(_ path: String) {
        self.path = Paths.absolute(path)
    }

    /// The directory of a node.
    func data(of name: String) -> String { "\(path)/\(name)" }

    /// The file `dynactl node --config` is given.
    func configuration(of name: String) -> String { "\(path)/\(name)/node.json" }

    /// What a node has written for people.
    func log(of name: String) -> String { "\(path)/\(name)/node.log" }

    /// Whether a node runs.
    func isRunning(_ name: String) throws(Failure) -> Bool {
        try FileLock.isHeld("\(path)/\(name)/lock")
    }

    /// The process of a node that runs.
    func process(of name: String) throws(Failure) -> pid_t? {
        try FileLock.holder("\(path)/\(name)/lock")
    }

    /// The names of the nodes that have a directory here.
    var names: [String] {
        Paths.names(in: path).filter { Paths.exists(configuration(of: $0)) }
            .sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    /// Keeps other commands from starting or stopping nodes here until it is released.
    func lock() throws(Failure) -> FileLock {
        try FileLock(
            waitingFor: "\(path)/.lock",
            notice: "waiting for another dynactl that works on \(path)")
    }

    /// The ring whose nodes are here; nil if there are none.
    func storedRing() throws(Failure) -> LocalRing? {
        var ring: LocalRing?
        for name in names {
            let file = configuration(of: name)
            let found = LocalRing(try ConfigurationFile.read(file))
            guard ring == nil || ring == found else {
                throw .data("\(file): describes another ring than the nodes beside it")
            }
            ring = found
        }
        return ring
    }

    /// Writes the file of each node that has none.
    func writeMissing(of ring: LocalRing) throws(Failure) {
        for member in ring.members where !Paths.exists(configuration(of: member.name)) {
            try Paths.makeDirectory(data(of: member.name))
            try ConfigurationFile.write(
                ring.configuration(of: member), to: configuration(of: member.name))
        }
    }
}
