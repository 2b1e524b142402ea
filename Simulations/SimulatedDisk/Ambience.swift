import CSQLite
import Glibc
import Primitives
import Synchronization

/// What SQLite asks a file system for without naming a file: random bytes and the time.
///
/// A thread takes both from the disk on which it last opened a database.
final class Ambience: Sendable {
    private struct State {
        var random: RandomStream
        var wallMilliseconds: UInt64 = 0
    }

    private let state: Mutex<State>

    init(random: RandomStream) {
        state = Mutex(State(random: random))
    }

    var wallMilliseconds: UInt64 {
        get { state.withLock { $0.wallMilliseconds } }
        set { state.withLock { $0.wallMilliseconds = newValue } }
    }

    /// Fills a buffer with bytes of the disk's stream.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        state.withLock { state in
            for index in buffer.indices {
                buffer[index] = UInt8(truncatingIfNeeded: state.random.next() >> 32)
            }
        }
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { value in
            guard let value else { return }
            Unmanaged<Ambience>.fromOpaque(value).release()
        }
        precondition(code == 0, "no thread-local storage is left")
        return key
    }()

    /// That of the calling thread.
    static var current: Ambience? {
        get {
            guard let value = pthread_getspecific(key) else { return nil }
            return Unmanaged<Ambience>.fromOpaque(value).takeUnretainedValue()
        }
        set {
            if let old = pthread_getspecific(key) {
                Unmanaged<Ambience>.fromOpaque(old).release()
            }
            let value = newValue.map { UnsafeRawPointer(Unmanaged.passRetained($0).toOpaque()) }
            pthread_setspecific(key, value)
        }
    }
}

/// Takes the place of SQLite's function of this name in a program with a simulated disk.
///
/// SQLite's own generator is one for the whole process, seeded once by the system: the salts in
/// logs would differ from run to run, and between simulations in several threads. Threads without
/// a simulated disk get what the system has. It is public so that the program's linker lets SQLite
/// find it.
@_cdecl("sqlite3_randomness")
public func simulatedRandomness(_ count: Int32, _ bytes: UnsafeMutableRawPointer?) {
    guard count > 0, let bytes else { return }
    if let ambience = Ambience.current {
        ambience.fill(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
    } else if let system = sqlite3_vfs_find(nil) {
        _ = system.pointee.xRandomness?(
            system, count, bytes.assumingMemoryBound(to: CChar.self))
    }
}
