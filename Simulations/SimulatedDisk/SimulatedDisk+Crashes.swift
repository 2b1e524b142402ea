extension SimulatedDisk {
    /// Lets the process die in the k-th call from now on: that call and all later ones fail until
    /// `revive()`.
    ///
    /// Opening, deleting and looking for a file count, and reading, writing, cutting, syncing and
    /// measuring it; locks and closing do not. Of a write that dies any part may have landed.
    package func die(afterCalls k: Int) {
        callsToDeath = max(1, k)
    }

    /// Takes a planned death back; one that happened stays.
    package func cancelDeath() {
        callsToDeath = nil
    }

    /// The process is killed: its handles are dead for good, and what it wrote is still there,
    /// unsynced as before.
    ///
    /// Every call fails until `revive()`.
    package func loseProcess() {
        fired[.processLoss] += 1
        end()
    }

    /// The power goes: the process is killed, and of what was not synced each page is kept, lost or
    /// torn, each in one of three cases.
    ///
    /// A torn page has per sector of 512 bytes what was written (1 in 4), garbage (2 in 4) or what
    /// was durable (1 in 4). A new length of a file is kept, lost, or reached in part.
    package func losePower() {
        fired[.powerLoss] += 1
        end()
        var fired = fired
        withStream(of: .powerLoss) { random in
            for file in files {
                file.losePower(&random, &fired)
            }
        }
        self.fired = fired
    }

    /// The disk can be used again, through new handles; what was to fail or to die does not.
    package func revive() {
        isDead = false
        callsToDeath = nil
        armed = ArmedFaults()
    }

    /// Counts a call towards a planned death; whether its process survives it.
    func survivesCall() -> Bool {
        guard !isObserving, let left = callsToDeath else { return true }
        callsToDeath = left - 1
        guard left <= 1 else { return true }
        fired[.death] += 1
        end()
        return false
    }

    private func end() {
        callsToDeath = nil
        isDead = true
        closeAllFiles()
    }
}
