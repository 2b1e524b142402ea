/// The files of a disk at one moment: a value that shares memory with the disk until that writes.
package struct DiskImage: Sendable {
    /// One file, durable as it is.
    struct File: Sendable {
        let name: String
        let size: Int
        let pages: ContiguousArray<Page>
    }

    /// Ascending by name.
    let files: [File]

    /// The names of the files, ascending.
    package var names: [String] { files.map(\.name) }

    /// How long all files are together.
    package var sizeBytes: Int { files.reduce(0) { $0 + $1.size } }

    /// The content of one file; nil where there is none of that name.
    package func bytes(of name: String) -> [UInt8]? {
        guard let file = files.first(where: { $0.name == name }) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.pages.count * Page.size)
        for page in file.pages {
            page.read { bytes += UnsafeBufferPointer(start: $0, count: Page.size) }
        }
        return Array(bytes.prefix(file.size))
    }
}

extension DiskImage: Equatable {
    /// Whether both have the same files with the same bytes.
    package static func == (one: DiskImage, other: DiskImage) -> Bool {
        one.files.count == other.files.count
            && zip(one.files, other.files).allSatisfy { first, second in
                first.name == second.name && first.size == second.size
                    && zip(first.pages, second.pages).allSatisfy { $0.hasSameBytes(as: $1) }
            }
    }
}

extension SimulatedDisk {
    /// What is on the disk now, as an operator would copy it: writes that were not synced yet are
    /// in it.
    package func image() -> DiskImage {
        DiskImage(
            files: files.map { file in
                let count = DiskFile.pageCount(of: file.size)
                return DiskImage.File(
                    name: file.name, size: file.size,
                    pages: file.pages.count == count
                        ? file.pages : ContiguousArray(file.pages.prefix(count)))
            })
    }

    /// Replaces all files by those of an image, which are durable then; handles to the files before
    /// are dead.
    package func restore(_ image: DiskImage) {
        closeAllFiles()
        files = image.files.map { DiskFile(name: $0.name, size: $0.size, pages: $0.pages) }
    }

    /// Removes all files; handles to them are dead.
    package func wipe() {
        closeAllFiles()
        files = []
    }
}
