import Glibc

/// A file: what a process sees of it, and beside it what of that is durable.
///
/// The durable state is kept for pages only that were written to since: a write remembers the page
/// as it was, a sync forgets it.
final class DiskFile {
    let name: String
    var locks = FileLocks()
    /// How long the file is.
    private(set) var size = 0
    /// How long it would be after a power loss.
    private(set) var syncedSize = 0
    private var isSizeDirty = false
    /// As many as the longer of both sizes needs.
    private(set) var pages: ContiguousArray<Page> = []
    /// For each page its place in `unsynced`, or -1.
    private var places: ContiguousArray<Int32> = []
    private(set) var unsynced: ContiguousArray<UnsyncedPage> = []
    /// Whether a failed sync left pages that the next one will not write.
    private(set) var hasAbandoned = false
    private let zero = Page.zero()

    init(name: String) {
        self.name = name
    }

    /// A file that is durable as it is given.
    init(name: String, size: Int, pages: ContiguousArray<Page>) {
        self.name = name
        self.size = size
        syncedSize = size
        self.pages = pages
        places = ContiguousArray(repeating: -1, count: pages.count)
    }

    /// Whether this is SQLite's write-ahead log.
    var isLog: Bool { name.hasSuffix("-wal") }

    static func pageCount(of size: Int) -> Int { (size + Page.size - 1) / Page.size }

    /// Whether a page is as durable as it looks.
    func isDurable(page: Int) -> Bool { places[page] < 0 }

    /// Fills a buffer from `offset` on; how many bytes there were, the rest is zeros.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        guard let base = target.baseAddress else { return 0 }
        let count = max(0, min(target.count, size - offset))
        DiskFile.forEachPiece(of: offset..<offset + count) { page, range, done in
            pages[page].read {
                _ = memcpy(base + done, $0 + range.lowerBound, range.count)
            }
        }
        if count < target.count {
            memset(base + count, 0, target.count - count)
        }
        return count
    }

    /// Writes bytes, which are not durable before a sync.
    func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
        guard let base = source.baseAddress, !source.isEmpty else { return }
        let end = offset + source.count
        if end > size {
            grow(to: end)
        }
        DiskFile.forEachPiece(of: offset..<end) { page, range, done in
            note(page, range)
            pages[page].change(isOverwritten: range.count == Page.size) {
                _ = memcpy($0 + range.lowerBound, base + done, range.count)
            }
        }
    }

    /// Makes the file shorter, or longer by zeros.
    func truncate(to newSize: Int) {
        guard newSize < size else {
            return newSize > size ? grow(to: newSize) : ()
        }
        clear(from: newSize, to: size, isNoted: true)
        size = newSize
        isSizeDirty = true
    }

    /// Makes everything durable that was written and not given up.
    func sync() {
        if isSizeDirty {
            syncedSize = size
            isSizeDirty = false
        }
        let count = DiskFile.pageCount(of: max(size, syncedSize))
        var left: ContiguousArray<UnsyncedPage> = []
        for page in unsynced {
            places[page.index] = -1
            if !page.isDirty, page.index < count {
                places[page.index] = Int32(left.count)
                left.append(page)
            }
        }
        if left.isEmpty {
            unsynced.removeAll(keepingCapacity: true)
        } else {
            unsynced = left
        }
        hasAbandoned = !unsynced.isEmpty
        fitPages()
    }

    /// What a failed sync does: the pages count as clean and are not durable.
    func abandonUnsynced() {
        for place in unsynced.indices {
            unsynced[place].isDirty = false
        }
        isSizeDirty = false
        hasAbandoned = !unsynced.isEmpty
    }

    /// Changes a page where it lies, durably.
    func damage(page: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        precondition(isDurable(page: page), "only a durable page can rot")
        pages[page].change(body)
    }

    /// What is left after a power loss, all of it durable.
    func settle(size newSize: Int, pages survivors: [(index: Int, page: Page)]) {
        for (index, page) in survivors {
            pages[index] = page
        }
        places = ContiguousArray(repeating: -1, count: pages.count)
        unsynced = []
        hasAbandoned = false
        isSizeDirty = false
        (size, syncedSize) = (newSize, newSize)
        fitPages()
        // What grows into the last page is zeros.
        clear(from: newSize, to: pages.count * Page.size, isNoted: false)
    }

    /// Cuts the file, durably.
    func cut(to newSize: Int) {
        let sameSize = min(newSize, size)
        settle(size: sameSize, pages: [])
    }

    private func grow(to newSize: Int) {
        size = newSize
        isSizeDirty = true
        let count = DiskFile.pageCount(of: newSize)
        while pages.count < count {
            pages.append(zero)
            places.append(-1)
        }
    }

    /// Remembers what is durable of a page that is about to be written to.
    private func note(_ page: Int, _ range: Range<Int>) {
        let place = Int(places[page])
        if place < 0 {
            places[page] = Int32(unsynced.count)
            unsynced.append(UnsyncedPage(index: page, old: pages[page], written: range))
        } else {
            unsynced[place].add(range)
            unsynced[place].isDirty = true
        }
    }

    private func clear(from start: Int, to end: Int, isNoted: Bool) {
        DiskFile.forEachPiece(of: start..<end) { page, range, _ in
            if isNoted {
                note(page, range)
            }
            pages[page].change(isOverwritten: range.count == Page.size) {
                _ = memset($0 + range.lowerBound, 0, range.count)
            }
        }
    }

    private func fitPages() {
        let count = DiskFile.pageCount(of: max(size, syncedSize))
        if pages.count > count {
            pages.removeLast(pages.count - count)
            places.removeLast(places.count - count)
        }
        while pages.count < count {
            pages.append(zero)
            places.append(-1)
        }
    }

    /// Cuts a range of a file at the borders of pages; `done` is how many bytes came before.
    private static func forEachPiece(
        of range: Range<Int>, _ body: (_ page: Int, _ range: Range<Int>, _ done: Int) -> Void
    ) {
        var position = range.lowerBound
        while position < range.upperBound {
            let start = position % Page.size
            let count = min(Page.size - start, range.upperBound - position)
            body(position / Page.size, start..<start + count, position - range.lowerBound)
            position += count
        }
    }
}
