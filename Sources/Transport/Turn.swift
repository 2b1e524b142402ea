import NIOCore

/// Something that collects output during one turn of the event loop.
protocol Flushable: AnyObject {
    /// Hands over what was collected.
    func flush()
}

/// One turn of the event loop: everything that its events produced goes out at its end, in as few
/// system calls as there are sockets.
///
/// Confined to the loop.
package final class Turn {
    private let loop: any EventLoop
    private var dirty: [any Flushable] = []
    private var actions: [() -> Void] = []
    private var isScheduled = false

    /// A turn of `loop`.
    package init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Flushes an output at the end of the turn; the caller sees to it that it asks only once.
    func flushAtEnd(_ output: any Flushable) {
        dirty.append(output)
        schedule()
    }

    /// Runs an action at the end of the turn, before outputs are flushed.
    package func runAtEnd(_ action: @escaping () -> Void) {
        actions.append(action)
        schedule()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        let this = NIOLoopBound(self, eventLoop: loop)
        loop.execute { this.value.end() }
    }

    private func end() {
        isScheduled = false
        let (actions, dirty) = (self.actions, self.dirty)
        self.actions.removeAll(keepingCapacity: true)
        self.dirty.removeAll(keepingCapacity: true)
        for action in actions {
            action()
        }
        for output in dirty {
            output.flush()
        }
    }
}
