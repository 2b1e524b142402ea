/// A run of bytes that shares the storage it was cut from; cutting a value out of a received
/// command or of a stored record copies nothing.
@usableFromInline
package typealias Bytes = ArraySlice<UInt8>

extension Bytes {
    /// The UTF-8 bytes of a text.
    package init(text: String) {
        self = Array(text.utf8)[...]
    }
}
