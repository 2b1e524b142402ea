import Foundation
import Testing

/// The product as its users meet it: real `dynactl` processes, real sockets, real files.
///
/// The tests run one after another, because they count on the time a request takes.
@Suite(.serialized) enum EndToEnd {}

/// Asks again and again until the answer is yes or the time is over.
func eventually(within limit: Duration, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    repeat {
        if try condition() { return true }
        usleep(10_000)
    } while ContinuousClock.now < deadline
    return try condition()
}

/// What keeps a test from being run at all.
struct SetupFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
