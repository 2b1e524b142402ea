/// How a read is done; what is nil is left to the bucket.
public struct GetOptions: Hashable, Sendable {
    /// How many replicas must answer.
    public var r: Int?
    /// How many of them must be primaries.
    public var pr: Int?
    /// How long the node may take.
    public var timeout: Duration?
    /// Whether fallbacks may take the place of primaries that cannot be reached.
    public var isSloppy: Bool?

    /// Options for a read.
    public init(
        r: Int? = nil, pr: Int? = nil, timeout: Duration? = nil, isSloppy: Bool? = nil
    ) {
        self.r = r
        self.pr = pr
        self.timeout = timeout
        self.isSloppy = isSloppy
    }
}

/// How a write is done; what is nil is left to the bucket.
public struct PutOptions: Hashable, Sendable {
    /// What an earlier read of the key returned; the write replaces what that read has seen.
    public var context: String?
    /// How many replicas must have stored it durably.
    public var w: Int?
    /// How many of them must be primaries.
    public var pw: Int?
    /// How long the node may take.
    public var timeout: Duration?
    /// The name of the write; drawn when nil.
    public var operationID: OperationID?
    /// Whether fallbacks may take the place of primaries that cannot be reached.
    public var isSloppy: Bool?
    /// After how long the value expires, to the millisecond; a delete has no use for it.
    public var ttl: Duration?

    /// Options for a write.
    public init(
        context: String? = nil, w: Int? = nil, pw: Int? = nil, timeout: Duration? = nil,
        operationID: OperationID? = nil
    ) {
        self.context = context
        self.w = w
        self.pw = pw
        self.timeout = timeout
        self.operationID = operationID
    }
}
