import ArgumentParser

/// A bucket and a key, written `BUCKET/KEY`.
struct RecordPath {
    /// The bucket.
    let bucket: String
    /// The key; it may contain more slashes.
    let key: String

    /// Splits at the first `/`.
    init(parsing text: String) throws {
        guard let slash = text.firstIndex(of: "/") else {
            throw ValidationError("'\(text)' is not BUCKET/KEY: there is no '/'.")
        }
        bucket = String(text[..<slash])
        key = String(text[text.index(after: slash)...])
        guard !bucket.isEmpty else {
            throw ValidationError("'\(text)' is not BUCKET/KEY: the bucket is empty.")
        }
        guard !key.isEmpty else {
            throw ValidationError("'\(text)' is not BUCKET/KEY: the key is empty.")
        }
        guard bucket.utf8.count <= 255 else {
            throw ValidationError("The bucket has \(bucket.utf8.count) bytes; 255 are allowed.")
        }
        guard key.utf8.count <= 4_096 else {
            throw ValidationError("The key has \(key.utf8.count) bytes; 4096 are allowed.")
        }
    }
}

extension RecordPath: CustomStringConvertible {
    var description: String { "\(bucket)/\(key)" }
}
