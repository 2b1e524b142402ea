import Primitives

extension DiskFile {
    /// Decides for each unsynced page, and for the length, what of it is there after a power loss.
    ///
    /// Every page is decided by itself, so that no order is preserved. Bytes that were synced, and
    /// not written to or cut off since, are what they were.
    func losePower(_ random: inout RandomStream, _ fired: inout DiskFaultCounts) {
        let newSize = survivingSize(&random)
        if newSize != size {
            fired[.droppedLength] += 1
        }
        // A cut that did not happen took no page with it either.
        let firstUncut = newSize > size ? size / Page.size : Int.max
        var survivors: [(index: Int, page: Page)] = []
        for page in unsynced {
            let fate = page.index >= firstUncut ? 1 : random.next() % 3
            switch fate {
            case 0:
                fired[.keptPage] += 1
            case 1:
                fired[.droppedPage] += 1
                survivors.append((page.index, page.old))
            default:
                fired[.tornPage] += 1
                survivors.append((page.index, torn(page, &random)))
            }
        }
        settle(size: newSize, pages: survivors)
    }

    /// The new length, the old one, or one between them.
    private func survivingSize(_ random: inout RandomStream) -> Int {
        guard size != syncedSize else { return size }
        switch random.next() % 3 {
        case 0: return size
        case 1: return syncedSize
        default:
            let (low, high) = (min(size, syncedSize), max(size, syncedSize))
            return low + Int(random.next() % UInt64(high - low + 1))
        }
    }

    /// Per sector what was written, garbage, or what was there before.
    private func torn(_ page: UnsyncedPage, _ random: inout RandomStream) -> Page {
        var result = page.old
        for start in stride(from: 0, to: Page.size, by: Page.sectorSize) {
            let sector = start..<start + Page.sectorSize
            let fate = random.next() % 4
            guard fate != 3 else { continue }
            for range in page.written {
                let part = range.clamped(to: sector)
                if fate == 0 {
                    copy(part, of: pages[page.index], to: &result)
                } else {
                    fillWithGarbage(part, of: &result, &random)
                }
            }
        }
        return result
    }

    private func copy(_ range: Range<Int>, of source: Page, to target: inout Page) {
        target.change { target in
            source.read { source in
                for index in range {
                    target[index] = source[index]
                }
            }
        }
    }

    private func fillWithGarbage(
        _ range: Range<Int>, of page: inout Page, _ random: inout RandomStream
    ) {
        page.change { bytes in
            for index in range {
                bytes[index] = UInt8(truncatingIfNeeded: random.next())
            }
        }
    }
}
