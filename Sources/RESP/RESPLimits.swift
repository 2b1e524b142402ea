/// What a server accepts from one client; sizes are in bytes and bound what it has to hold.
///
/// An argument or a command above its limit is skipped and reported, and the connection lives on;
/// more than `argumentsMax` arguments or a bulk above `skippedBulkBytesMax` break the protocol.
package struct RESPLimits: Hashable, Sendable {
    /// The most arguments of one command, its name included.
    package let argumentsMax: Int
    /// The longest argument that is delivered.
    package let bulkBytesMax: Int
    /// The longest command, framing included, that is delivered.
    package let commandBytesMax: Int
    /// The longest inline command, line feed excluded; inline commands know no other limit.
    package let inlineBytesMax: Int
    /// The longest argument that is skipped instead of breaking the protocol.
    package let skippedBulkBytesMax: Int

    /// Limits with the given values; each must be positive and below 2^31.
    package init(
        argumentsMax: Int = 1_048_576,
        bulkBytesMax: Int = 4 << 20,
        commandBytesMax: Int = 16 << 20,
        inlineBytesMax: Int = 64 << 10,
        skippedBulkBytesMax: Int = 512 << 20
    ) {
        for limit in [
            argumentsMax, bulkBytesMax, commandBytesMax, inlineBytesMax, skippedBulkBytesMax,
        ] {
            precondition(limit > 0 && limit <= Int(Int32.max), "a limit is not in 1..<2^31")
        }
        self.argumentsMax = argumentsMax
        self.bulkBytesMax = bulkBytesMax
        self.commandBytesMax = commandBytesMax
        self.inlineBytesMax = inlineBytesMax
        self.skippedBulkBytesMax = skippedBulkBytesMax
    }
}

/// What a client accepts from its server; a reply above a limit breaks the protocol.
package struct RESPReplyLimits: Hashable, Sendable {
    /// The longest bulk string, verbatim string or blob error, in bytes.
    package let bulkBytesMax: Int
    /// The longest reply, framing included, in bytes.
    package let replyBytesMax: Int
    /// The longest simple string, error or other one-line reply, in bytes.
    package let lineBytesMax: Int
    /// The most elements of one reply, over all its levels; a map entry counts twice.
    package let elementsMax: Int
    /// How deeply arrays, maps, sets and pushes may nest; 0 allows none of them.
    package let nestingMax: Int

    /// Limits with the given values; each must be positive and below 2^31, the nesting at most 128.
    package init(
        bulkBytesMax: Int = 64 << 20,
        replyBytesMax: Int = 256 << 20,
        lineBytesMax: Int = 64 << 10,
        elementsMax: Int = 4 << 20,
        nestingMax: Int = 32
    ) {
        for limit in [bulkBytesMax, replyBytesMax, lineBytesMax, elementsMax] {
            precondition(limit > 0 && limit <= Int(Int32.max), "a limit is not in 1..<2^31")
        }
        precondition((0...128).contains(nestingMax), "the nesting limit is not in 0...128")
        self.bulkBytesMax = bulkBytesMax
        self.replyBytesMax = replyBytesMax
        self.lineBytesMax = lineBytesMax
        self.elementsMax = elementsMax
        self.nestingMax = nestingMax
    }
}
