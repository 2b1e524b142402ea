import Glibc

/// 4 KiB of a file, shared between the file, its durable state and images until one of them writes.
struct Page: @unchecked Sendable {
    static let size = 4096
    static let sectorSize = 512

    private var storage: ManagedBuffer<Void, UInt8>

    private init(uninitialized: Void) {
        storage = ManagedBuffer<Void, UInt8>.create(minimumCapacity: Page.size) { _ in () }
    }

    /// A page of zeros.
    static func zero() -> Page {
        let page = Page(uninitialized: ())
        page.storage.withUnsafeMutablePointerToElements { _ = memset($0, 0, Page.size) }
        return page
    }

    /// The same bytes in memory of their own.
    func copy() -> Page {
        let page = Page(uninitialized: ())
        page.storage.withUnsafeMutablePointerToElements { target in
            storage.withUnsafeMutablePointerToElements { _ = memcpy(target, $0, Page.size) }
        }
        return page
    }

    /// The bytes, to be read.
    func read<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        storage.withUnsafeMutablePointerToElements { body(UnsafePointer($0)) }
    }

    /// The bytes, to be changed; whoever shares them does not see it.
    ///
    /// A caller that overwrites all of them need not have them copied before.
    mutating func change(isOverwritten: Bool = false, _ body: (UnsafeMutablePointer<UInt8>) -> Void)
    {
        if !isKnownUniquelyReferenced(&storage) {
            self = isOverwritten ? Page(uninitialized: ()) : copy()
        }
        storage.withUnsafeMutablePointerToElements(body)
    }

    func hasSameBytes(as other: Page) -> Bool {
        storage === other.storage
            || read { own in other.read { memcmp(own, $0, Page.size) == 0 } }
    }
}
