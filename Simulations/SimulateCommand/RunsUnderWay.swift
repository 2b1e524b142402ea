import Glibc
import Synchronization

/// What runs at the moment, for the case that it ends the process: a trap in a node must not leave
/// a sweep without the seed that it came with.
///
/// All that the handler of signals touches lies in memory of its own and is reached atomically; it
/// allocates nothing, takes no lock and calls nothing but what POSIX allows there.
enum RunsUnderWay {
    /// One run: the thread it is on, and the command that repeats it.
    private struct Run {
        let thread: pthread_t
        let command: UnsafeMutableBufferPointer<UInt8>
    }

    private typealias Place = Atomic<UnsafeMutablePointer<Run>?>

    /// The most threads that run something at once; see `--jobs`.
    private static let placesMax = 256
    /// The signals by which a broken program ends.
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT]
    /// What a handler needs of a stack, which may be what is used up.
    private static let stackBytes = 65_536

    private nonisolated(unsafe) static let places: UnsafeMutablePointer<Place> = {
        let places = UnsafeMutablePointer<Place>.allocate(capacity: placesMax)
        for index in 0..<placesMax { (places + index).initialize(to: Place(nil)) }
        return places
    }()
    /// What the signals did before, to be done again after the report.
    private nonisolated(unsafe) static let before: UnsafeMutablePointer<sigaction> = {
        let before = UnsafeMutablePointer<sigaction>.allocate(capacity: signals.count)
        before.initialize(repeating: sigaction(), count: signals.count)
        return before
    }()
    private static let isReporting = Atomic(false)
    private static let watching: Void = watch()

    /// Does something of which the standard error says, should it end the process, which command
    /// repeats it.
    static func note<Result>(_ command: String, _ body: () throws -> Result) rethrows -> Result {
        _ = watching
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: command.utf8.count)
        _ = bytes.initialize(from: command.utf8)
        let run = UnsafeMutablePointer<Run>.allocate(capacity: 1)
        run.initialize(to: Run(thread: pthread_self(), command: bytes))
        let place = enter(run)
        let stack = UnsafeMutableRawPointer.allocate(byteCount: stackBytes, alignment: 16)
        var old = stack_t()
        var own = stack_t(ss_sp: stack, ss_flags: 0, ss_size: stackBytes)
        sigaltstack(&own, &old)
        defer {
            sigaltstack(&old, nil)
            stack.deallocate()
            // Whoever takes it out owns it: a handler on another thread may be reading it.
            if let place, places[place].exchange(nil, ordering: .acquiringAndReleasing) != nil {
                bytes.deallocate()
                run.deallocate()
            }
        }
        return try body()
    }

    /// Takes a free place; none is free only where more threads run than can be asked for.
    private static func enter(_ run: UnsafeMutablePointer<Run>) -> Int? {
        (0..<placesMax).first { index in
            places[index].compareExchange(
                expected: nil, desired: run, ordering: .acquiringAndReleasing
            ).exchanged
        }
    }

    // MARK: The handler

    private static func watch() {
        // Made now: a handler must not be the first to use them.
        _ = (places, before, isReporting.load(ordering: .relaxed))
        for (index, number) in signals.enumerated() {
            var action = sigaction()
            action.__sigaction_handler.sa_sigaction = { number, info, _ in
                RunsUnderWay.report(number)
                RunsUnderWay.end(number, isFault: (info?.pointee.si_code ?? 0) > 0)
            }
            action.sa_flags = SA_SIGINFO | SA_ONSTACK
            sigfillset(&action.sa_mask)
            sigaction(number, &action, before + index)
        }
    }

    /// Has a signal end the process as if nobody had looked at it.
    ///
    /// A fault strikes again as soon as the handler returns, and what was there before, such as the
    /// runtime's backtrace, takes place. One that was sent does not, and has to be sent again.
    private static func end(_ number: Int32, isFault: Bool) {
        guard isFault else {
            signal(number, SIG_DFL)
            raise(number)
            return
        }
        for index in 0..<signals.count where signals[index] == number {
            sigaction(number, before + index, nil)
        }
    }

    private static func report(_ number: Int32) {
        // Another thread that breaks meanwhile waits: the process ends with the first one.
        while isReporting.exchange(true, ordering: .acquiringAndReleasing) { pause() }
        write("simulate: ended by ")
        write(name(of: number))
        write("\n")
        let thread = pthread_self()
        for index in 0..<placesMax {
            guard let run = places[index].exchange(nil, ordering: .acquiringAndReleasing) else {
                continue
            }
            write(run.pointee.thread == thread ? "again: " : "meanwhile, on another thread: ")
            write(UnsafeRawBufferPointer(run.pointee.command))
            write("\n")
        }
    }

    private static func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func write(_ bytes: UnsafeRawBufferPointer) {
        _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }

    private static func name(of number: Int32) -> StaticString {
        switch number {
        case SIGILL: "SIGILL"
        case SIGTRAP: "SIGTRAP"
        case SIGSEGV: "SIGSEGV"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        default: "SIGABRT"
        }
    }
}
