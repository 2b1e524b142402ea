import DynaClient
import FoundationEssentials
import Server

/// Reading, checking and writing the file that `dynactl node --config` takes.
enum ConfigurationFile {
    /// Reads and checks a file; a relative data directory is taken from where the file is.
    static func read(_ path: String) throws(Failure) -> NodeConfiguration {
        let configuration: NodeConfiguration
        do throws(ServerError) {
            configuration = try NodeConfiguration.read(from: path)
        } catch .badConfiguration(let path, let reason) {
            throw .data("\(path): \(reason)")
        } catch {
            throw Failure(error.description, exitCode: error.exitCode)
        }
        try ConfigurationCheck(configuration).run { problem in .data("\(path): \(problem)") }
        var resolved = configuration
        if !configuration.data.hasPrefix("/") {
            resolved.data = Paths.absolute(configuration.data, from: Paths.directory(of: path))
        }
        return resolved
    }

    /// Writes a file whole or not at all.
    static func write(_ configuration: NodeConfiguration, to path: String) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            var data = try encoder.encode(configuration)
            data.append(0x0a)
            try data.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .inputOutput("\(path): cannot be written: \(Paths.reason(error))")
        }
    }
}

/// Finds what is impossible in a configuration.
struct ConfigurationCheck {
    private let configuration: NodeConfiguration

    init(_ configuration: NodeConfiguration) {
        self.configuration = configuration
    }

    /// Throws what `failure` makes of the first problem.
    func run(_ failure: (String) -> Failure) throws(Failure) {
        if let problem = ownProblem ?? memberProblem { throw failure(problem) }
    }

    private var ownProblem: String? {
        let count = configuration.partitions
        if configuration.cluster.isEmpty { return "the field 'cluster' is empty" }
        if configuration.data.isEmpty { return "the field 'data' is empty" }
        if count < 1 || count > 65_536 || count & (count - 1) != 0 {
            return "the field 'partitions' is \(count): it must be a power of two up to 65536"
        }
        if !(1...configuration.peers.count.clamped).contains(configuration.n) {
            return "the field 'n' is \(configuration.n): it must be in "
                + "1…\(configuration.peers.count), the number of members in 'peers'"
        }
        return nil
    }

    private var memberProblem: String? {
        var names: Set<String> = []
        for member in configuration.peers {
            if let problem = ConfigurationCheck.problem(of: member) { return problem }
            guard names.insert(member.name).inserted else {
                return "the field 'peers' lists the name '\(member.name)' twice"
            }
        }
        guard let own = configuration.peers.first(where: { $0.name == configuration.name }) else {
            return "the field 'peers' does not list this node, '\(configuration.name)'"
        }
        let pairs = [
            ("zone", own.zone, configuration.zone), ("client", own.client, configuration.client),
            ("peer", own.peer, configuration.peer), ("http", own.http, configuration.http),
        ]
        for (field, listed, present) in pairs where listed != present {
            return "the field '\(field)' is '\(present)', but 'peers' says '\(listed)'"
        }
        return nil
    }

    private static func problem(of member: PeerConfiguration) -> String? {
        let isPlain = member.name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
                || [0x2d, 0x2e, 0x5f].contains(byte)
        }
        guard isPlain, (1...64).contains(member.name.utf8.count), !member.name.hasPrefix(".") else {
            return "the field 'name' is '\(member.name)': "
                + "letters, digits, '-', '_' and '.' are allowed, 64 at most"
        }
        if member.zone.isEmpty { return "the field 'zone' of '\(member.name)' is empty" }
        let addresses = [("client", member.client), ("peer", member.peer), ("http", member.http)]
        for (field, address) in addresses where Endpoint(address) == nil {
            return "the field '\(field)' of '\(member.name)' is '\(address)': give HOST:PORT"
        }
        return nil
    }
}

extension Int {
    /// The number, or 1 if it is less.
    fileprivate var clamped: Int { Swift.max(1, self) }
}
