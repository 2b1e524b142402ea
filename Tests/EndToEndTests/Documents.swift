/// What `get --json` answers.
struct GetDocument: Decodable {
    struct Sibling: Decodable {
        let value: String
        let encoding: String
        let timestamp: Int
        let dot: String
        let expires: Int?
    }

    let bucket: String
    let key: String
    let context: String?
    let siblings: [Sibling]
    let answers: Int
    let required: Int

    var values: [String] { siblings.map(\.value) }
}

/// What `put --json` and `delete --json` answer.
struct PutDocument: Decodable {
    let context: String?
    let siblings: Int
    let acks: Int
    let required: Int
    let replicas: [String]
}

/// What `status --json` answers.
struct StatusDocument: Decodable {
    struct Member: Decodable {
        let name: String
        let status: String
        let zone: String
        let client: String
        let peer: String
        let http: String
        let id: String?
        let pid: Int32?
        let records: Int?
        let deadRecords: Int?
        let liveRecords: Int?
        let counted: Bool?
    }

    let cluster: String
    let ringVersion: Int
    let partitions: Int
    let nodes: [Member]
}

/// What `ring --key --json` answers.
struct KeyDocument: Decodable {
    let partition: Int
    let n: Int
    let primaries: [String]
    let fallbacks: [String]
}

/// What `bucket show --json` answers.
struct BucketDocument: Decodable {
    let name: String
    let n: Int
    let r: Int
    let w: Int
    let conflict: String
}

/// What `bucket list --json` answers.
struct BucketsDocument: Decodable {
    let buckets: [BucketDocument]
}
