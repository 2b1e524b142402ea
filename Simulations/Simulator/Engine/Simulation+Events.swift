import Node
import Primitives

// Which part of the world an event is for.
extension Simulation {
    func handle(_ happening: Happening) {
        if let process = target(of: happening) {
            guard admit(happening, process) else { return }
        }
        switch happening {
        case .fault(let index): strike(plan.faults[index].fault)
        case .relief(let relief): relieve(relief)
        case .phase(let phase): enter(phase)
        case .operation(let client): proceed(clients[client])
        case .patience(let client, let attempt): losePatience(clients[client], attempt)
        case .request(let node, let bytes): receive(bytes, at: processes[node])
        case .answer(let client, let generation, let bytes, let truth):
            receive(bytes, at: clients[client], generation, truth)
        case .hungUp(let client, let generation): hangUp(clients[client], generation)
        case .sample: takeSample()
        case .freshness(let step): proceed(step)
        default: handleLinkOrProcess(happening)
        }
    }

    private func handleLinkOrProcess(_ happening: Happening) {
        switch happening {
        case .dial(let link, let redial): dial(links[link], redial)
        case .dialled(let link, let generation, let isTaken):
            dialled(links[link], generation, isTaken: isTaken)
        case .frame(let link): deliverFirst(of: links[link])
        case .arrived(let link, let generation, let bytes):
            take(bytes, on: links[link], generation)
        case .datagram(let link, let generation, let epoch, let bytes):
            guard links[link].epoch == epoch else { return coverage.see(.messageLost) }
            arrive(bytes, on: links[link], generation)
        case .greeted(let link, let generation, let isWelcome):
            greetingAnswered(links[link], generation, isWelcome: isWelcome)
        case .linkClosed(let link, let generation, let isTimeout):
            closed(links[link], generation, isTimeout: isTimeout)
        case .holdTimeout(let link, let generation): giveUpHeld(links[link], generation)
        case .wake(let node, _, let time): wake(processes[node], at: time)
        case .storeTurn(let node, _): takeTurn(processes[node])
        case .stored(let node, _, let phase, let answers):
            report(phase, answers, to: processes[node])
        case .storeIdle(let node, _): storeIsIdle(processes[node])
        case .resume(let node, let incarnation):
            guard processes[node].incarnation == incarnation else { return }
            resume(processes[node])
        case .start(let node, let incarnation): startAgain(processes[node], incarnation)
        case .crash(let node, let incarnation, let isPowerLoss, let down):
            guard processes[node].incarnation == incarnation else { return }
            crash(processes[node], isPowerLoss: isPowerLoss, down: down)
        default: break
        }
    }

    // MARK: Standing still

    /// The process that an event has to wait for; nil where it needs none.
    private func target(of happening: Happening) -> SimulatedProcess? {
        switch happening {
        case .request(let node, _), .wake(let node, _, _), .storeTurn(let node, _),
            .stored(let node, _, _, _), .storeIdle(let node, _):
            processes[node]
        case .arrived(let link, _, _): processes[links[link].to]
        case .greeted(let link, _, _), .linkClosed(let link, _, _): processes[links[link].from]
        default: nil
        }
    }

    /// Whether an event may be handled now: its process is the one it was meant for and does not
    /// stand still; otherwise it is dropped, or waits its turn.
    private func admit(_ happening: Happening, _ process: SimulatedProcess) -> Bool {
        switch happening {
        case .wake(_, let incarnation, _), .storeTurn(_, let incarnation),
            .stored(_, let incarnation, _, _), .storeIdle(_, let incarnation):
            guard process.isRunning, process.incarnation == incarnation else { return false }
        default: break
        }
        guard process.isRunning, !process.isResuming,
            process.blockedUntil > now || process.hasBacklog
        else { return true }
        process.putInBacklog(happening)
        scheduleResume(process)
        return false
    }

    func scheduleResume(_ process: SimulatedProcess) {
        guard !process.isResumeScheduled else { return }
        process.isResumeScheduled = true
        queue.add(
            .resume(node: process.index, incarnation: process.incarnation),
            at: max(process.blockedUntil, now))
    }

    private func resume(_ process: SimulatedProcess) {
        process.isResumeScheduled = false
        process.isResuming = true
        while process.isRunning, process.blockedUntil <= now,
            let happening = process.takeFromBacklog()
        {
            handle(happening)
        }
        process.isResuming = false
        if process.hasBacklog { scheduleResume(process) }
    }
}
