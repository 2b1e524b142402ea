import ArgumentParser
import Logging
import Server
import ServiceLifecycle

/// Runs one node.
struct Node: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one node in the foreground.",
        discussion: """
            Takes everything from a JSON file, of which 'dynactl up' writes one per node, or from \
            flags; a node that is given by flags is a ring of its own. SIGTERM and SIGINT let it \
            finish what it is doing. It logs to standard error.

            Examples:
              dynactl node --config dyna-data/n1/node.json
              dynactl node --name solo --data /var/lib/dyna --client 127.0.0.1:7401 \\
                --peer 127.0.0.1:7501 --http 127.0.0.1:7601
            """)

    @Option(help: ArgumentHelp("The file that describes the node.", valueName: "file"))
    var config: String?

    @OptionGroup var flags: NodeFlags

    @Option(
        help: ArgumentHelp(
            "What to log: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "level"),
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else {
                throw ValidationError("'\(text)' is no log level.")
            }
            return level
        })
    var logLevel = Logger.Level.info

    func validate() throws {
        guard config == nil || !flags.isAnyGiven else {
            throw ValidationError("--config takes the place of all flags that describe the node.")
        }
    }

    func run() async throws {
        let configuration = try config.map(ConfigurationFile.read) ?? flags.configuration()
        let logger = Node.logger(level: logLevel)
        do {
            let server = NodeServer(configuration: configuration, logger: logger)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [server], gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger))
            try await group.run()
        } catch let error as ServerError {
            throw Failure(error.description, exitCode: error.exitCode)
        } catch let error as ServiceGroupError {
            throw Failure.internal("the node has ended unexpectedly: \(error)")
        }
    }

    private static func logger(level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "dyna")
    }
}

/// A node described by flags.
struct NodeFlags: ParsableArguments {
    @Option(help: "The name of the node.")
    var name: String?

    @Option(help: ArgumentHelp("Where it keeps its data.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Where it takes clients.", valueName: "host:port"))
    var client: String?

    @Option(help: ArgumentHelp("Where it takes other nodes.", valueName: "host:port"))
    var peer: String?

    @Option(help: ArgumentHelp("Where it serves health over HTTP.", valueName: "host:port"))
    var http: String?

    @Option(help: ArgumentHelp("The name of the cluster. (default: dyna)"))
    var cluster: String?

    @Option(help: ArgumentHelp("The failure domain. (default: z1)"))
    var zone: String?

    /// Whether there is any of them.
    var isAnyGiven: Bool {
        [name, data, client, peer, http, cluster, zone].contains { $0 != nil }
    }

    /// The configuration of a ring of this one node.
    func configuration() throws -> NodeConfiguration {
        guard let name, let data, let client, let peer, let http else {
            throw Failure.usage(
                "give --config, or all of --name, --data, --client, --peer and --http")
        }
        let zone = zone ?? "z1"
        let member = PeerConfiguration(
            name: name, zone: zone, client: client, peer: peer, http: http)
        let configuration = NodeConfiguration(
            cluster: cluster ?? "dyna", member: member, data: Paths.absolute(data),
            peers: [member], sizes: (n: 1, partitions: LocalRing.partitions))
        try ConfigurationCheck(configuration).run { problem in .usage(problem) }
        return configuration
    }
}
