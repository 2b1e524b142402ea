extension GetResult {
    /// Reads `[context, [[value, timestamp, dot], …], answers, required]`, or null for an absent
    /// key.
    init(reply: DynaReply) throws(DynaError) {
        if case .null = reply {
            self.init(context: nil, siblings: [], answers: nil, required: nil)
            return
        }
        guard let fields = reply.elements, fields.count >= 2, let list = fields[1].elements else {
            throw .unexpectedReply("a read was not answered with a context and siblings")
        }
        var siblings: [Sibling] = []
        for element in list {
            siblings.append(try Sibling(reply: element))
        }
        self.init(
            context: fields[0].text, siblings: siblings,
            answers: fields.count > 2 ? fields[2].integer.map(Int.init) : nil,
            required: fields.count > 3 ? fields[3].integer.map(Int.init) : nil)
    }
}

extension Sibling {
    /// Reads `[value, timestamp, dot]`, and the expiry behind it where there is one.
    init(reply: DynaReply) throws(DynaError) {
        guard let fields = reply.elements, fields.count >= 3,
            case .bytes(let value) = fields[0],
            let timestamp = fields[1].integer, let dot = fields[2].text
        else { throw .unexpectedReply("a sibling is not a value, a timestamp and a dot") }
        self.init(
            value: value, timestamp: timestamp, dot: dot,
            expires: fields.count > 3 ? fields[3].integer : nil)
    }
}

extension PutResult {
    /// Reads `[context or null, acks, required, [replica, …], siblings]`.
    init(reply: DynaReply) throws(DynaError) {
        guard let fields = reply.elements, fields.count >= 5,
            let acks = fields[1].integer, let required = fields[2].integer,
            let replicas = fields[3].elements, let siblings = fields[4].integer
        else { throw .unexpectedReply("a write was not answered with its outcome") }
        self.init(
            context: fields[0].text, acks: Int(acks), required: Int(required),
            replicas: replicas.compactMap(\.text), siblings: Int(siblings))
    }
}
