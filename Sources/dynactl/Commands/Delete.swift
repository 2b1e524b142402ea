import ArgumentParser
import DynaClient

/// Deletes a key.
struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delete a key, with all its siblings.",
        discussion: """
            Writes a tombstone over what the context has seen. Without --context the key is read \
            first, and what was found is deleted; what others write meanwhile stays. Deleting an \
            absent key is done at once.

            Examples:
              dynactl delete users/ada
              dynactl delete users/ada --context "$context" --w 3
            """)

    @Argument(
        help: ArgumentHelp("What to delete.", valueName: "bucket/key"),
        transform: RecordPath.init(parsing:))
    var path: RecordPath

    @OptionGroup var write: WriteOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var endpoints: ClientOptions

    func run() async throws {
        let client = try endpoints.client()
        var options = write.options
        if options.context == nil {
            let found = try await client.get(
                bucket: path.bucket, key: path.key,
                options: GetOptions(timeout: options.timeout, isSloppy: options.isSloppy))
            guard !found.siblings.isEmpty else {
                return try showAbsent(found)
            }
            options.context = found.context
        }
        let result = try await WriteOptions.perform(options) { options throws(DynaError) in
            try await client.delete(bucket: path.bucket, key: path.key, options: options)
        }
        if result.siblings > 0, !format.json {
            Output.notice("\(path) was written meanwhile and is still there")
        }
        try WriteReport(path: path, result: result, verb: "deleted").show(asJSON: format.json)
    }

    private func showAbsent(_ found: GetResult) throws(Failure) {
        Output.notice("\(path): not found, nothing to delete")
        guard format.json else { return }
        try Output.line(
            JSON.object([
                ("context", JSON(found.context)), ("siblings", .integer(0)),
                ("acks", .integer(0)), ("required", .integer(0)), ("replicas", .array([])),
            ]).text)
    }
}
