import Glibc

/// Shows on a terminal how far a measurement is, on one line.
struct MeasurementProgress: Sendable {
    let log: MeasurementLog
    let duration: Duration

    /// Renews the line every half second until the task is cancelled, then takes it away.
    func show() async {
        guard FileDescriptors.isTerminal(STDERR_FILENO) else { return }
        let start = ContinuousClock.now
        while await Pause.until(.now + .milliseconds(500)) {
            let seconds = Int((ContinuousClock.now - start) / .seconds(1))
            let counts = log.counts
            draw(
                "\(seconds) of \(Int(duration / .seconds(1))) s, \(counts.writes) writes, "
                    + "\(counts.reads) reads, \(counts.failures) failures")
        }
        draw("")
    }

    private func draw(_ text: String) {
        _ = FileDescriptors.writeAll(Array("\r\u{1b}[K\(text)".utf8), to: STDERR_FILENO)
    }
}
