import Quorum
import RESP

// `DYNA.DELAY`: messages to another node are held back.
extension CommandSession {
    func planInjection(_ command: RESPCommand) throws -> CommandPlan {
        let words = (2..<command.count).map { String(decoding: command[$0], as: UTF8.self) }
        if command.matches(1, "LIST"), words.isEmpty {
            return .ask([.injection(.list)], .document)
        }
        if command.matches(1, "CLEAR"), words.count <= 1 {
            return .ask([.injection(.clear(member: words.first))], .document)
        }
        guard command.matches(1, "SET"), words.count == 4 else {
            throw Refusal(
                message: "ERR usage: DYNA.DELAY LIST | CLEAR [member] | "
                    + "SET member KIND DELAY seconds")
        }
        guard let kinds = DelayedKind.named(words[1].lowercased()) else {
            throw Refusal(
                message: "ERR '\(words[1].prefix(64))' is no kind of delay: give write, "
                    + "acknowledgement, read, response, both (write and read) or all")
        }
        guard let delay = InjectedDelay(words[2]) else {
            throw Refusal(
                message: "ERR '\(words[2].prefix(64))' is no delay: give 5ms, exp:5ms, "
                    + "uniform:1ms-9ms or pareto:1.05ms,1.51, with us, ms or s, up to 60s")
        }
        guard let seconds = Int(words[3]), (1...DelayInjection.secondsMax).contains(seconds) else {
            throw Refusal(
                message: "ERR '\(words[3].prefix(64))' is no time for a delay to last: give 1 to "
                    + "\(DelayInjection.secondsMax) seconds")
        }
        let request = DelayInjection.set(
            member: words[0], kinds: kinds, delay, seconds: seconds)
        return .ask([.injection(request)], .document)
    }
}
