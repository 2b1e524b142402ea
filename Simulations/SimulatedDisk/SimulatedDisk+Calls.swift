import CSQLite

// What the disk answers to a call through a handle, faults included.
extension SimulatedDisk {
    func read(
        _ file: DiskFile, into target: UnsafeMutableRawBufferPointer, at offset: Int
    ) -> Int32 {
        if !isObserving {
            usage.reads += 1
            usage.bytesRead += target.count
            guard !fails(.read) else { return DiskCode.readFailed }
            if canRot(file), happens(.rot, faults.rotPerRead) {
                rot(file, readFrom: offset, count: target.count)
            }
        }
        let count = file.read(into: target, at: offset)
        return count == target.count ? SQLITE_OK : DiskCode.shortRead
    }

    func write(_ file: DiskFile, _ source: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
        guard !isObserving else {
            file.write(source, at: offset)
            return SQLITE_OK
        }
        usage.writes += 1
        usage.bytesWritten += source.count
        guard !fails(.write) else {
            writePart(of: source, to: file, at: offset, .writeError)
            return DiskCode.writeFailed
        }
        guard hasRoom(for: offset + source.count - file.size) else { return SQLITE_FULL }
        if let place = placeByMistake(file, source.count, offset) {
            file.write(source, at: place)
        } else if !isLeftStale(file, source.count, offset) {
            file.write(source, at: offset)
        }
        return SQLITE_OK
    }

    func truncate(_ file: DiskFile, to size: Int) -> Int32 {
        if !isObserving {
            usage.writes += 1
            guard !fails(.write) else { return DiskCode.truncateFailed }
            guard hasRoom(for: size - file.size) else { return SQLITE_FULL }
        }
        file.truncate(to: size)
        return SQLITE_OK
    }

    func sync(_ file: DiskFile) -> Int32 {
        if !isObserving {
            usage.syncs += 1
            guard !fails(.sync) else {
                file.abandonUnsynced()
                return DiskCode.syncFailed
            }
        }
        if faults.isLyingAboutSync {
            fired[.lyingSync] += isObserving ? 0 : 1
            return SQLITE_OK
        }
        if file.hasAbandoned {
            fired[.forgetfulSync] += isObserving ? 0 : 1
        }
        file.sync()
        return SQLITE_OK
    }

    /// Writes as much as got through before the write broke off.
    func writePart(
        of source: UnsafeRawBufferPointer, to file: DiskFile, at offset: Int, _ kind: DiskFaultKind
    ) {
        let count = draw(kind, below: source.count + 1)
        guard hasRoom(for: offset + count - file.size) else { return }
        file.write(UnsafeRawBufferPointer(rebasing: source[..<count]), at: offset)
    }

    private func fails(_ operation: DiskOperation) -> Bool {
        let (kind, probability) =
            switch operation {
            case .read: (DiskFaultKind.readError, faults.readError)
            case .write: (DiskFaultKind.writeError, faults.writeError)
            case .sync: (DiskFaultKind.syncError, faults.syncError)
            }
        let failure = armed[operation]
        if failure == .once {
            armed[operation] = .none
        }
        guard failure != .none || happens(kind, probability) else { return false }
        fired[kind] += 1
        return true
    }

    private func hasRoom(for growth: Int) -> Bool {
        guard let capacityBytes, growth > 0, sizeBytes + growth > capacityBytes else { return true }
        fired[.full] += 1
        return false
    }

    /// Rots one of the pages that are about to be read, where it is read.
    private func rot(_ file: DiskFile, readFrom offset: Int, count: Int) {
        let end = min(offset + count, file.size)
        guard offset < end else { return }
        let pages = offset / Page.size...(end - 1) / Page.size
        let page = pages.lowerBound + draw(.rot, below: pages.count)
        guard file.isDurable(page: page) else { return }
        let start = page * Page.size
        flipBits(
            of: file, page: page,
            in: max(offset, start) - start..<min(end, start + Page.size) - start)
    }

    /// Where a page goes that was misdirected; nil for a write that goes where it should.
    private func placeByMistake(_ file: DiskFile, _ count: Int, _ offset: Int) -> Int? {
        guard armed.isMisdirecting, count >= Page.size else { return nil }
        let shift = offset % Page.size
        let places = (file.size - shift - count) / Page.size + 1
        let own = offset / Page.size
        let others = own < places ? places - 1 : places
        guard file.size >= shift + count, others > 0 else { return nil }
        armed.isMisdirecting = false
        fired[.misdirectedWrite] += 1
        let place = draw(.misdirectedWrite, below: others)
        return (own < places && place >= own ? place + 1 : place) * Page.size + shift
    }

    private func isLeftStale(_ file: DiskFile, _ count: Int, _ offset: Int) -> Bool {
        guard armed.isStale, count >= Page.size, offset + count <= file.size else { return false }
        armed.isStale = false
        fired[.staleWrite] += 1
        return true
    }
}

/// SQLite's extended codes, whose macros Swift does not see.
enum DiskCode {
    static let readFailed = SQLITE_IOERR | 1 << 8
    static let shortRead = SQLITE_IOERR | 2 << 8
    static let writeFailed = SQLITE_IOERR | 3 << 8
    static let syncFailed = SQLITE_IOERR | 4 << 8
    static let truncateFailed = SQLITE_IOERR | 6 << 8
    static let statusFailed = SQLITE_IOERR | 7 << 8
    static let deleteFailed = SQLITE_IOERR | 10 << 8
    static let accessFailed = SQLITE_IOERR | 13 << 8
    static let lockFailed = SQLITE_IOERR | 15 << 8
    static let nothingToDelete = SQLITE_IOERR | 23 << 8
}
