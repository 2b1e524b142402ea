import ArgumentParser

/// Shows and sets the properties of buckets.
struct BucketCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bucket",
        abstract: "Show and set the properties of buckets.",
        discussion: """
            A bucket has n replicas of each key. A read needs r answers, pr of them from \
            primaries; a write needs w, pw of them from primaries. 'conflict' is 'siblings' (all \
            concurrent writes are kept) or 'lastWriteWins'. 'readRepair' is 'async', 'blocking' \
            (reads never go back in time) or 'off'. With 'sloppy=true' fallbacks take the place \
            of primaries that cannot be reached, and hand over to them later. \
            'ttl' is after how long values expire that are put without a time of their own \
            (milliseconds, or 90s, 1h, 7d), or 'none'.

            Examples:
              dynactl bucket list
              dynactl bucket show users
              dynactl bucket set sessions n=3 r=1 w=2 conflict=lastWriteWins
            """,
        subcommands: [BucketList.self, BucketShow.self, BucketSet.self])

    /// The fields that lead, in this order.
    static let fields = [
        "name", "n", "r", "w", "pr", "pw", "conflict", "readRepair", "sloppy", "ttl",
    ]
}
