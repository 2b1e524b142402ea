/// The commands that exist, and why some do not.
enum CommandTable {
    /// Where a command is carried out.
    enum Group: Sendable {
        /// By the connection itself.
        case connection
        /// By the node, in the words of Redis.
        case plain
        /// By the node, in dyna's own words.
        case dyna
    }

    /// One command, with how many arguments it takes, its name included.
    struct Entry: Sendable {
        let name: String
        let arity: Int
        let group: Group
        /// The positions of the first and the last key (−1: the last argument), and the step.
        let keys: (first: Int, last: Int, step: Int)

        /// A negative arity is a minimum.
        func accepts(_ count: Int) -> Bool {
            arity >= 0 ? count == arity : count >= -arity
        }
    }

    static let entries: [Entry] =
        [
            ("PING", -1), ("ECHO", 2), ("HELLO", -1), ("COMMAND", -1), ("INFO", -1),
            ("CONFIG", -2), ("CLIENT", -2), ("SELECT", 2), ("QUIT", -1), ("RESET", 1),
            ("TIME", 1),
        ].map { Entry(name: $0.0, arity: $0.1, group: .connection, keys: (0, 0, 0)) }
        + [
            ("GET", 2, 1, 1), ("SET", -3, 1, 1), ("DEL", -2, -1, 1), ("UNLINK", -2, -1, 1),
            ("MGET", -2, -1, 1), ("MSET", -3, -1, 2), ("EXISTS", -2, -1, 1),
            ("STRLEN", 2, 1, 1), ("TYPE", 2, 1, 1), ("SETEX", 4, 1, 1), ("PSETEX", 4, 1, 1),
            ("TTL", 2, 1, 1), ("PTTL", 2, 1, 1),
        ].map { Entry(name: $0.0, arity: $0.1, group: .plain, keys: (1, $0.2, $0.3)) }
        + [Entry(name: "DBSIZE", arity: 1, group: .plain, keys: (0, 0, 0))]
        + [
            ("DYNA.GET", -3), ("DYNA.PUT", -4), ("DYNA.DEL", -3), ("DYNA.LOCAL", -3),
            ("DYNA.STATUS", 1), ("DYNA.DELAYS", 1), ("DYNA.DELAY", -2),
            ("DYNA.RING", -1), ("DYNA.BUCKET", -2),
            ("DYNA.REPAIR", -1),
            ("DYNA.SCRUB", -1),
        ].map { Entry(name: $0.0, arity: $0.1, group: .dyna, keys: (0, 0, 0)) }

    private static let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })

    static func entry(_ name: String) -> Entry? {
        byName[name]
    }

    /// What cannot be kept honestly where every node takes writes.
    private static let needsLeader: Set<String> = [
        "INCR", "INCRBY", "INCRBYFLOAT", "DECR", "DECRBY", "SETNX", "GETSET", "GETDEL", "MSETNX",
        "APPEND", "SETRANGE", "SETBIT", "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "EVAL",
        "EVALSHA", "RENAME", "RENAMENX", "LPUSH", "RPUSH", "LPOP", "RPOP", "SPOP", "HINCRBY",
        "ZINCRBY", "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "PERSIST", "GETEX",
    ]

    /// The error for a command that does not exist.
    static func unknown(_ name: String) -> String {
        let shown = String(name.prefix(64))
        guard needsLeader.contains(name) else { return "ERR unknown command '\(shown)'" }
        return "ERR '\(shown)' is not offered: it reads and writes in one step, which a store "
            + "without a leader cannot promise; use DYNA.GET and DYNA.PUT with its context"
    }
}
