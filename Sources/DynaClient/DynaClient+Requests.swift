extension DynaClient {
    /// Reads a key from enough of its replicas.
    public func get(
        bucket: String, key: String, options: GetOptions = GetOptions()
    ) async throws(DynaError) -> GetResult {
        var request = CommandText("DYNA.GET", bucket, key)
        request.add("R", options.r)
        request.add("PR", options.pr)
        request.add("SLOPPY", options.isSloppy.map { $0 ? "yes" : "no" })
        request.add("TIMEOUT", options.timeout?.wholeMilliseconds)
        request.add("FULL")
        return try GetResult(
            reply: try await perform(request.arguments, .read, timeout: options.timeout))
    }

    /// Reads what the asked node itself holds of a key; no other node is asked.
    public func local(bucket: String, key: String) async throws(DynaError) -> GetResult {
        let request = CommandText("DYNA.LOCAL", bucket, key, "FULL")
        return try GetResult(reply: try await perform(request.arguments, .read))
    }

    /// Writes a value, which replaces what the context of `options` has seen.
    @discardableResult
    public func put(
        bucket: String, key: String, value: [UInt8], options: PutOptions = PutOptions()
    ) async throws(DynaError) -> PutResult {
        var request = CommandText("DYNA.PUT", bucket, key)
        request.arguments.append(value)
        request.add("TTL", options.ttl?.milliseconds)
        return try await write(request, options: options)
    }

    /// Writes a tombstone, which replaces what the context of `options` has seen.
    @discardableResult
    public func delete(
        bucket: String, key: String, options: PutOptions = PutOptions()
    ) async throws(DynaError) -> PutResult {
        try await write(CommandText("DYNA.DEL", bucket, key), options: options)
    }

    /// The asked node's view of the cluster and of every member, as JSON text.
    public func status() async throws(DynaError) -> String {
        try await text(CommandText("DYNA.STATUS"))
    }

    /// Who owns how much of the ring, as JSON text.
    public func ring() async throws(DynaError) -> String {
        try await text(CommandText("DYNA.RING"))
    }

    /// The partition and the preference list of a key, as JSON text.
    public func ring(bucket: String, key: String) async throws(DynaError) -> String {
        try await text(CommandText("DYNA.RING", bucket, key))
    }

    /// All buckets whose properties are known, as JSON text.
    public func buckets() async throws(DynaError) -> String {
        try await text(CommandText("DYNA.BUCKET", "LIST"))
    }

    /// The properties of a bucket, as JSON text.
    public func bucket(_ name: String) async throws(DynaError) -> String {
        try await text(CommandText("DYNA.BUCKET", "SHOW", name))
    }

    /// Sets properties of a bucket and returns all of them, as JSON text.
    @discardableResult
    public func setBucket(
        _ name: String, properties: [(name: String, value: String)]
    ) async throws(DynaError) -> String {
        var request = CommandText("DYNA.BUCKET", "SET", name)
        for property in properties {
            request.add(property.name, property.value)
        }
        return try await text(request)
    }

    /// Has the asked node compare its records with all other replicas', or go on with that; how far
    /// it is, as JSON text.
    @discardableResult
    public func startRepair() async throws(DynaError) -> String {
        try await text(CommandText("DYNA.REPAIR"))
    }

    /// Has the asked node verify all that it keeps; how far it is, as JSON text.
    ///
    /// One that a client began already goes on.
    public func startScrub() async throws(DynaError) -> String {
        try await text(CommandText("DYNA.SCRUB"))
    }

    /// How far a scrub is that the asked node began, as JSON text.
    public func scrubProgress() async throws(DynaError) -> String {
        try await text(CommandText("DYNA.SCRUB", "PROGRESS"))
    }

    /// How far a repair is that the asked node began, as JSON text.
    public func repairProgress() async throws(DynaError) -> String {
        try await text(CommandText("DYNA.REPAIR", "PROGRESS"))
    }

    /// Gives all replicas of a key what they know together; the outcome as JSON text.
    @discardableResult
    public func repair(bucket: String, key: String) async throws(DynaError) -> String {
        try await text(CommandText("DYNA.REPAIR", bucket, key))
    }

    private func write(
        _ command: CommandText, options: PutOptions
    ) async throws(DynaError) -> PutResult {
        var request = command
        request.add("CONTEXT", options.context)
        request.add("W", options.w)
        request.add("PW", options.pw)
        request.add("SLOPPY", options.isSloppy.map { $0 ? "yes" : "no" })
        request.add("TIMEOUT", options.timeout?.wholeMilliseconds)
        request.add("OPID", options.operationID ?? OperationID())
        return try PutResult(
            reply: try await perform(request.arguments, .write, timeout: options.timeout))
    }

    private func text(_ request: CommandText) async throws(DynaError) -> String {
        let reply = try await perform(request.arguments, .read)
        guard let text = reply.text else {
            throw .unexpectedReply("an answer that should be text is not")
        }
        return text
    }
}

/// A command that grows by options.
struct CommandText {
    /// The command and its arguments.
    var arguments: [[UInt8]]

    init(_ words: String...) {
        arguments = words.map { Array($0.utf8) }
    }

    mutating func add(_ word: String) {
        arguments.append(Array(word.utf8))
    }

    mutating func add(_ name: String, _ value: (some CustomStringConvertible)?) {
        guard let value else { return }
        add(name)
        add(value.description)
    }
}

extension Duration {
    /// The whole milliseconds, at least one.
    var wholeMilliseconds: Int64 { max(1, milliseconds) }

    /// The whole milliseconds; the greatest or least there are where it is beyond them.
    var milliseconds: Int64 {
        let (seconds, isBeyond) = components.seconds.multipliedReportingOverflow(by: 1_000)
        guard !isBeyond else { return self < .zero ? .min : .max }
        let (sum, isOver) = seconds.addingReportingOverflow(
            components.attoseconds / 1_000_000_000_000_000)
        return isOver ? (self < .zero ? .min : .max) : sum
    }
}
