import Primitives

/// Parses what servers reply, in RESP2 and RESP3.
///
/// After the protocol specification of Redis, but for attributes (`|`) and streamed aggregates
/// (`$?`), which are refused: no server of this project sends them.
///
/// Like `RESPParser` it holds no input. The first pass runs as bytes arrive: it finds where the
/// tokens of the reply begin and end, without recursion and in linear time however the input is
/// cut. The second builds the value when the reply is complete, so that nothing is allocated for
/// what a length claims. After `.incomplete` the caller holds at most `replyBytesMax` plus
/// `lineBytesMax` bytes and an unfinished header of 22.
package struct RESPReplyParser: Sendable {
    /// What the caller has to do next.
    package enum Step: Equatable, Sendable {
        /// Nothing until more bytes have arrived; keep those handed over.
        case incomplete
        /// Drop `consumed` bytes and take the value.
        case reply(RESPValue, consumed: Int)
    }

    private let limits: RESPReplyLimits
    /// The offset of the first byte that was not looked at, from the start of the reply.
    private var cursor = 0
    /// The tokens that have arrived completely.
    private var tokens: [RESPToken] = []
    /// The line or bulk whose end has not arrived; the cursor is where the search goes on.
    private var pending: RESPToken?
    /// How many elements each open aggregate still lacks, the innermost last.
    private var open: [Int] = []
    /// How many elements all aggregates of this reply announced.
    private var elements = 0
    private var failure: RESPError?

    /// A parser at the start of a connection.
    package init(limits: RESPReplyLimits = RESPReplyLimits()) {
        self.limits = limits
    }

    /// Looks at all unconsumed bytes, which start where the current reply starts.
    ///
    /// Throws what breaks the protocol, and throws it again at every later call.
    package mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        if let failure { throw failure }
        do throws(RESPError) {
            return try step(bytes)
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func step(_ bytes: UnsafeRawBufferPointer) throws(RESPError) -> Step {
        while let token = try nextToken(bytes) {
            guard cursor <= limits.replyBytesMax else { throw .replyTooLarge }
            tokens.append(token)
            guard try close(token) else { continue }
            return try finishReply(bytes)
        }
        return .incomplete
    }

    /// Builds the value and returns to the state between two replies.
    private mutating func finishReply(
        _ bytes: UnsafeRawBufferPointer
    ) throws(RESPError) -> Step {
        let consumed = cursor
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<consumed])
        let value = try RESPReplyBuilder.value(of: tokens, in: frame)
        tokens.removeAll(keepingCapacity: tokens.capacity <= 1024)
        cursor = 0
        elements = 0
        return .reply(value, consumed: consumed)
    }

    /// Accounts for a token; true when it completes the reply.
    private mutating func close(_ token: RESPToken) throws(RESPError) -> Bool {
        if token.kind.isAggregate {
            guard open.count < limits.nestingMax else { throw .replyTooDeep }
            elements += token.elements
            guard elements <= limits.elementsMax else { throw .replyTooLarge }
        }
        if token.elements > 0 {
            open.append(token.elements)
            return false
        }
        while let lacking = open.last {
            guard lacking == 1 else {
                open[open.count - 1] = lacking - 1
                return false
            }
            open.removeLast()
        }
        return true
    }

    /// The next token, if it is there completely; moves the cursor over what is there.
    private mutating func nextToken(
        _ bytes: UnsafeRawBufferPointer
    ) throws(RESPError) -> RESPToken? {
        if let pending {
            return try finish(pending, bytes)
        }
        guard cursor < bytes.count else { return nil }
        guard let kind = RESPToken.Kind(rawValue: bytes[cursor]) else {
            throw .unknownReplyType(bytes[cursor])
        }
        guard !kind.isLine else {
            cursor += 1
            return try finish(RESPToken(kind, start: cursor, count: 0), bytes)
        }
        switch RESPHeader.read(bytes, at: cursor + 1) {
        case .incomplete: return nil
        case .malformed: throw .malformedReply
        case .number(let count, let end):
            cursor = end
            return try startCounted(kind, count, bytes)
        }
    }

    /// A token whose header has just been read.
    private mutating func startCounted(
        _ kind: RESPToken.Kind, _ count: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(RESPError) -> RESPToken? {
        if count < 0 {
            guard count == -1, kind == .bulk || kind == .array else { throw .malformedReply }
            return RESPToken(.null, start: cursor, count: 0)
        }
        if kind.isAggregate {
            guard count <= limits.elementsMax else { throw .replyTooLarge }
            return RESPToken(kind, start: cursor, count: count)
        }
        guard count <= limits.bulkBytesMax, cursor + count + 2 <= limits.replyBytesMax else {
            throw .replyTooLarge
        }
        return try finish(RESPToken(kind, start: cursor, count: count), bytes)
    }

    /// The token with its end, if that is there.
    private mutating func finish(
        _ token: RESPToken, _ bytes: UnsafeRawBufferPointer
    ) throws(RESPError) -> RESPToken? {
        let whole = token.kind.isLine ? try line(token, bytes) : try blob(token, bytes)
        pending = whole == nil ? token : nil
        return whole
    }

    private mutating func line(
        _ token: RESPToken, _ bytes: UnsafeRawBufferPointer
    ) throws(RESPError) -> RESPToken? {
        let start = Int(token.start)
        let limit = start + limits.lineBytesMax + 2
        let end = min(bytes.count, limit)
        while cursor < end, bytes[cursor] != ASCII.lineFeed {
            cursor += 1
        }
        guard cursor < end else {
            guard end < limit else { throw .replyTooLarge }
            return nil
        }
        guard cursor > start, bytes[cursor - 1] == ASCII.carriageReturn else {
            throw .malformedReply
        }
        cursor += 1
        return RESPToken(token.kind, start: start, count: cursor - start - 2)
    }

    private mutating func blob(
        _ token: RESPToken, _ bytes: UnsafeRawBufferPointer
    ) throws(RESPError) -> RESPToken? {
        let end = Int(token.start) + Int(token.count)
        guard bytes.count >= end + 2 else { return nil }
        guard RESPHeader.isLineEnd(bytes, at: end) else { throw .unterminatedBulk }
        cursor = end + 2
        return token
    }
}
