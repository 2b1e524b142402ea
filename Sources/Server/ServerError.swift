/// Why a node does not start, or stops by itself.
package enum ServerError: Error, CustomStringConvertible {
    /// The configuration is impossible.
    case badConfiguration(path: String, reason: String)
    /// Another process uses the data directory.
    case directoryInUse(path: String, process: Int32?)
    /// A port cannot be bound.
    case portInUse(address: String, reason: String)
    /// The database belongs to another cluster, or to a ring of other members.
    case wrongCluster(String)
    /// The database cannot be opened.
    case store(String)
    /// A file or a directory cannot be used.
    case io(String)
    /// The other members know a later start of this data: it is an old copy.
    case staleData(String)

    /// The exit code of a process that ends because of this (sysexits.h).
    package var exitCode: Int32 {
        switch self {
        case .badConfiguration: 64
        case .directoryInUse, .portInUse: 69
        case .wrongCluster, .staleData: 70
        case .store, .io: 74
        }
    }

    /// What happened, to which thing, and what to do.
    package var description: String {
        switch self {
        case .badConfiguration(let path, let reason): "\(path): \(reason)"
        case .directoryInUse(let path, let process):
            "another process\(process.map { " (\($0))" } ?? "") runs a node on \(path): stop it, "
                + "or name another directory"
        case .portInUse(let address, let reason):
            "cannot listen on \(address): \(reason); stop what uses it, or choose another port"
        case .wrongCluster(let reason), .store(let reason), .io(let reason),
            .staleData(let reason):
            reason
        }
    }
}
