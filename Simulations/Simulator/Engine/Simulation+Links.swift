import Membership
import Node
import Primitives
import Quorum
import Replica
import Ring
import Wire

// The links between nodes, in the manner of `PeerPool` and `PeerLink`.
extension Simulation {
    // MARK: Calling

    /// Calls a member now; also when a pause was going on.
    func dialNow(_ link: SimulatedLink) {
        guard link.state == .idle, link.from != link.to else { return }
        link.redial &+= 1
        dial(link, link.redial)
    }

    /// Calls a member, unless it was called meanwhile.
    func dial(_ link: SimulatedLink, _ redial: UInt32) {
        guard link.state == .idle, link.redial == redial, processes[link.from].isRunning else {
            return
        }
        link.state = .dialling
        link.generation &+= 1
        let back = self.link(link.to, link.from)
        let isTaken = processes[link.to].isRunning && !link.isCut && !back.isCut
        // Nobody at home answers at once; nobody on the line is given up after a second.
        let isRefused = !processes[link.to].isRunning && !link.isCut && !back.isCut
        let time = isTaken || isRefused ? latency(of: link) + latency(of: back) : Time.second
        queue.add(
            .dialled(
                link: index(of: link), generation: link.generation, isTaken: isTaken),
            at: now + time)
    }

    func dialled(_ link: SimulatedLink, _ generation: UInt32, isTaken: Bool) {
        guard link.state == .dialling, link.generation == generation else { return }
        guard isTaken, let start = processes[link.from].start else { return pauseAndRedial(link) }
        link.state = .greeting
        link.unread = []
        let hello = Hello(
            cluster: cluster.name, name: processes[link.from].name,
            target: processes[link.to].name, start: start, ringVersion: cluster.version)
        transmit(FrameContent.hello(hello).encoded(), on: link)
        queue.add(
            .linkClosed(link: index(of: link), generation: generation, isTimeout: true),
            at: now + 2 * Time.second)
    }

    func pauseAndRedial(_ link: SimulatedLink) {
        link.state = .idle
        link.redial &+= 1
        let pause = link.pauseNanoseconds + link.random.below(link.pauseNanoseconds / 2 + 1)
        link.pauseNanoseconds = min(
            link.pauseNanoseconds * 2, SimulatedLink.pauseNanosecondsMax)
        queue.add(.dial(link: index(of: link), redial: link.redial), at: now + pause)
    }

    func greetingAnswered(_ link: SimulatedLink, _ generation: UInt32, isWelcome: Bool) {
        guard link.state == .greeting, link.generation == generation,
            processes[link.from].isRunning
        else { return }
        guard isWelcome else {
            link.pauseNanoseconds = SimulatedLink.pauseNanosecondsMax
            return pauseAndRedial(link)
        }
        detail("is connected to n\(link.to + 1)", node: link.from)
        link.state = .open
        link.pauseNanoseconds = SimulatedLink.pauseNanosecondsMin
        deliver(.connected(member(link.to)), to: processes[link.from])
    }

    /// The caller's end is closed.
    func closed(_ link: SimulatedLink, _ generation: UInt32, isTimeout: Bool) {
        guard link.generation == generation, processes[link.from].isRunning else { return }
        guard !isTimeout || link.state == .greeting else { return }
        let wasOpen = link.state == .open
        guard wasOpen || link.state == .greeting else { return }
        detail("loses its connection to n\(link.to + 1)", node: link.from)
        pauseAndRedial(link)
        if wasOpen {
            deliver(.disconnected(member(link.to)), to: processes[link.from])
        }
    }

    /// Breaks a connection: what was on its way arrives or not, and the caller hears of it.
    func breakConnection(_ link: SimulatedLink) {
        guard link.state == .open || link.state == .greeting else { return }
        if link.random.happens(1 - noise.ambiguity) || link.isHeld {
            link.drop()
        } else if link.count > 0 {
            coverage.see(.ambiguousDelivery)
        }
        link.greeted.removeAll { $0 == link.generation }
        queue.add(
            .linkClosed(link: index(of: link), generation: link.generation, isTimeout: false),
            at: now + latency(of: self.link(link.to, link.from)))
    }

    /// The callee knows nothing of the connection: its kernel says so to the caller.
    private func reject(_ link: SimulatedLink, _ generation: UInt32) {
        guard !self.link(link.to, link.from).isCut else { return }
        queue.add(
            .linkClosed(link: index(of: link), generation: generation, isTimeout: false),
            at: now + latency(of: self.link(link.to, link.from)))
    }

    func giveUpHeld(_ link: SimulatedLink, _ generation: UInt32) {
        guard link.generation == generation, link.holdsBack else { return }
        link.drop()
        closed(link, generation, isTimeout: false)
    }

    // MARK: Sending

    /// Sends a message, or reports at once that it did not leave.
    func send(_ envelope: Envelope, to target: Int, from process: SimulatedProcess) {
        let link = link(process.index, target)
        let bytes = link.state == .open ? FrameContent.message(envelope).encoded() : []
        trace.add(bytes.isEmpty ? MessageDigest.of(envelope) : Digest.of(bytes))
        guard link.state == .open, link.queuedBytes + bytes.count <= SimulatedLink.queueBytesMax
        else {
            if case .repair = envelope.message { coverage.see(.readRepairLost) }
            if envelope.message.isRequest, let request = envelope.message.request {
                coverage.see(.messageNotSent)
                consequences.append(.undelivered(member(target), request: request))
            }
            detail(
                "not sent to n\(target + 1): \(words.text(envelope.message))", node: process.index)
            return
        }
        detail("to n\(target + 1): \(words.text(envelope.message))", node: process.index)
        checkCodec(envelope, bytes)
        guard let delay = delays?.draw(for: envelope.message, from: link.from, to: link.to) else {
            return transmit(bytes, on: link)
        }
        let dueAt = cast(bytes, on: link, after: delay)
        noteDeparture(envelope.message, to: target, dueAt: dueAt ?? 0)
    }

    private func transmit(_ bytes: [UInt8], on link: SimulatedLink) {
        var bytes = bytes
        if link.random.happens(noise.corruption) { bytes = corrupt(bytes, on: link) }
        if world.transport == .stream || link.state == .greeting {
            stream(bytes, on: link)
        } else {
            cast(bytes, on: link)
        }
    }

    /// In order; a loss stalls all that follows, too many break the connection.
    private func stream(_ bytes: [UInt8], on link: SimulatedLink) {
        var frame = SimulatedLink.Frame(
            bytes: bytes, generation: link.generation, arrival: SimulatedLink.Frame.held)
        if link.random.happens(noise.resets) {
            coverage.see(.connectionReset)
            return breakConnection(link)
        }
        guard !link.isCut else {
            let wasHolding = link.holdsBack
            link.append(frame)
            if !wasHolding { giveUpLater(link) }
            return
        }
        var delay = latency(of: link) + transmission(bytes.count, on: link)
        var timeout: UInt64 = 200_000_000
        while link.random.happens(noise.loss) {
            coverage.see(.messageStalled)
            delay += timeout
            timeout *= 2
            // Five losses in a row, and the system gives the connection up.
            if timeout > 4 * Time.second { return breakConnection(link) }
        }
        frame.arrival = max(now + delay, link.cloggedUntil, link.lastArrival + 1)
        link.lastArrival = frame.arrival
        link.append(frame)
        scheduleFirst(of: link)
    }

    func giveUpLater(_ link: SimulatedLink) {
        // Between impatient systems and the quarter of an hour of common ones.
        let patience = (5 + link.random.below(115)) * Time.second
        queue.add(
            .holdTimeout(link: index(of: link), generation: link.generation),
            at: now + patience)
    }

    func scheduleFirst(of link: SimulatedLink) {
        guard let first = link.first, first.arrival != SimulatedLink.Frame.held,
            link.scheduledArrival != first.arrival
        else { return }
        link.scheduledArrival = first.arrival
        queue.add(.frame(link: index(of: link)), at: first.arrival)
    }

    /// The first frame arrives, unless a cut kept it back or a reset dropped it meanwhile.
    func deliverFirst(of link: SimulatedLink) {
        guard let arrival = link.scheduledArrival, arrival <= now,
            link.first?.arrival == arrival, let first = link.popFirst()
        else { return }
        link.scheduledArrival = nil
        scheduleFirst(of: link)
        arrive(first.bytes, on: link, first.generation)
    }

    /// Every message for itself: lost, doubled, early or late.
    private func cast(_ bytes: [UInt8], on link: SimulatedLink) {
        guard !link.isCut, !link.random.happens(noise.loss) else {
            return coverage.see(.messageLost)
        }
        var copies = 1
        if link.random.happens(noise.duplication) {
            copies = 2
            coverage.see(.messageDuplicated)
        }
        for copy in 0..<copies {
            var delay = latency(of: link) + transmission(bytes.count, on: link)
            if link.random.happens(noise.overtaking) {
                coverage.see(.messageOvertaken)
                delay += link.random.exponential(mean: 5_000_000)
            }
            if copy > 0, link.random.happens(0.01) {
                delay += (1 + link.random.below(59)) * Time.second
            }
            queue.add(
                .datagram(
                    link: index(of: link), generation: link.generation, epoch: link.epoch, bytes),
                at: max(now + delay, link.cloggedUntil))
        }
    }

    /// Sends a message of a request under a delay of its own.
    ///
    /// It is lost while the link is cut, and free to overtake, also where links are streams: the
    /// model whose delays these are knows no order.
    ///
    /// - Returns: when it arrives; nil where it is lost.
    private func cast(_ bytes: [UInt8], on link: SimulatedLink, after delay: UInt64) -> UInt64? {
        guard !link.isCut, !link.random.happens(noise.loss) else {
            coverage.see(.messageLost)
            return nil
        }
        let arrival = max(now + delay, link.cloggedUntil)
        queue.add(
            .datagram(
                link: index(of: link), generation: link.generation, epoch: link.epoch, bytes),
            at: arrival)
        return arrival
    }

    private func corrupt(_ original: [UInt8], on link: SimulatedLink) -> [UInt8] {
        coverage.see(.frameCorrupted)
        var bytes = original
        for _ in 0...link.random.index(8) {
            bytes[link.random.index(bytes.count)] ^= 1 << UInt8(link.random.index(8))
        }
        judge.check(.codec)
        if bytes != original, (try? Frame.decode(bytes[...])) != nil {
            judge.find(.codec, "a damaged frame was taken for a whole one", ["to n\(link.to + 1)"])
        }
        return bytes
    }

    private func latency(of link: SimulatedLink) -> UInt64 {
        guard delays == nil else { return DelayDraws.otherNanoseconds }
        var time = noise.latencyNanoseconds * link.latencyFactor / 64
        time += link.random.exponential(mean: noise.jitterNanosecondsMean)
        if link.random.happens(noise.tailProbability) {
            time += link.random.below(noise.tailNanosecondsMax + 1)
        }
        return time
    }

    private func transmission(_ bytes: Int, on link: SimulatedLink) -> UInt64 {
        guard noise.bytesPerSecond > 0 else { return 0 }
        let time = UInt64(bytes) * Time.second / noise.bytesPerSecond
        link.freeAt = max(link.freeAt, now) + time
        return link.freeAt - now
    }

    func index(of link: SimulatedLink) -> Int { link.from * world.nodes + link.to }

    func member(_ node: Int) -> MemberIndex { MemberIndex(UInt16(node)) }

    // MARK: Receiving

    func arrive(_ bytes: [UInt8], on link: SimulatedLink, _ generation: UInt32) {
        guard link.blackholeUntil <= now else { return coverage.see(.messageLost) }
        guard processes[link.to].isRunning else { return }
        // What was sent was taken in before; this is what the network made of it.
        trace.add(Digest.of(bytes))
        handle(.arrived(link: index(of: link), generation: generation, bytes))
    }

    /// A node takes what arrived: a greeting first, then messages.
    func take(_ bytes: [UInt8], on link: SimulatedLink, _ generation: UInt32) {
        let process = processes[link.to]
        guard process.isRunning else { return }
        if link.greetedIncarnation != process.incarnation {
            link.greetedIncarnation = process.incarnation
            link.greeted = []
            link.unread = []
        }
        guard link.unread.isEmpty else { return takeDamaged(bytes, on: link, generation) }
        guard let content = try? Frame.decode(bytes[...]) else {
            return takeDamaged(bytes, on: link, generation)
        }
        take(content, bytes, on: link, generation)
    }

    private func take(
        _ content: FrameContent, _ bytes: [UInt8], on link: SimulatedLink, _ generation: UInt32
    ) {
        switch content {
        case .hello(let hello): greet(hello, on: link, generation)
        case .message(let envelope):
            detail("from n\(link.from + 1): \(words.text(envelope.message))", node: link.to)
            guard link.greeted.contains(generation) else { return reject(link, generation) }
            deliver(.message(from: member(link.from), envelope), to: processes[link.to])
        default: reject(link, generation)
        }
    }

    private func greet(_ hello: Hello, on link: SimulatedLink, _ generation: UInt32) {
        let process = processes[link.to]
        let refusal = hello.refusal(
            cluster: cluster.name, name: process.name, ringVersion: cluster.version)
        let back = self.link(link.to, link.from)
        if !back.isCut {
            queue.add(
                .greeted(
                    link: index(of: link), generation: generation, isWelcome: refusal == nil),
                at: now + latency(of: back))
        }
        guard refusal == nil else { return }
        detail("is greeted by n\(link.from + 1)", node: link.to)
        // A process that starts anew loses its old connections.
        link.greeted =
            (link.greetedStart == hello.start ? link.greeted.suffix(3) : []) + [generation]
        link.greetedStart = hello.start
        dialNow(back)
        deliver(.greeted(member(link.from), hello.start), to: process)
    }

    /// Bytes that are no frame: what follows is misread until a checksum says so; then the
    /// connection is closed.
    private func takeDamaged(_ bytes: [UInt8], on link: SimulatedLink, _ generation: UInt32) {
        judge.check(.codec)
        guard world.transport == .stream else { return coverage.see(.frameRefused) }
        link.unread += bytes
        if isIncomplete(link.unread) { return }
        coverage.see(.frameRefused)
        link.unread = []
        link.greeted.removeAll { $0 == generation }
        reject(link, generation)
    }

    /// Whether bytes claim to be the beginning of a longer frame.
    private func isIncomplete(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { raw in
            do throws(WireError) {
                return try Frame.size(of: raw).map { $0 > raw.count } ?? true
            } catch {
                return false
            }
        }
    }

    /// Judges the encoding of some of the messages: decoding gives the message back, damage is
    /// refused.
    private func checkCodec(_ envelope: Envelope, _ bytes: [UInt8]) {
        coverage.messages += 1
        guard coverage.messages % 16 == 1 else { return }
        judge.check(.codec)
        guard let content = try? Frame.decode(bytes[...]), case .message(let decoded) = content
        else {
            return judge.find(.codec, "a message that was sent cannot be decoded: \(envelope)")
        }
        if MessageDigest.of(envelope) != MessageDigest.of(decoded)
            || FrameContent.message(decoded).encoded() != bytes
        {
            judge.find(.codec, "a message changed on the wire", ["\(envelope)", "\(decoded)"])
        }
        var damaged = bytes
        // Any position and bit, by what is sent: no draw, which would change the run.
        let place = Digest.of(bytes)
        let position = Int(place >> 8) % bytes.count
        damaged[position] ^= 1 << UInt8(place & 7)
        let isTaken =
            (try? Frame.decode(damaged[...])) != nil
            || (try? Frame.decode(bytes.prefix(position))) != nil
        if isTaken {
            judge.find(.codec, "a damaged frame was taken for a message", ["\(envelope)"])
        }
    }
}
