import Primitives

/// A reply, as RESP2 and RESP3 know them.
///
/// `.double` compares as numbers do: a reply that is not a number differs from itself.
package enum RESPValue: Equatable, Sendable {
    /// `+`: one line of text.
    case simple(String)
    /// `-`: one line that starts with an upper-case word; other text follows it.
    case error(String)
    /// `:`: a signed 64-bit number.
    case integer(Int64)
    /// `$`: any bytes.
    case bulk(Bytes)
    /// `_`, or `$-1` and `*-1` in RESP2: nothing.
    case null
    /// `*`: values in order.
    case array([RESPValue])
    /// `%`: keys with their values, in the order in which they came; keys may repeat.
    case map([RESPEntry])
    /// `~`: values in the order in which they came; nothing removes duplicates.
    case set([RESPValue])
    /// `>`: values that were not asked for.
    case push([RESPValue])
    /// `,`: a double-precision number, the infinities and "not a number" included.
    case double(Double)
    /// `#`: a truth value.
    case boolean(Bool)
    /// `(`: decimal digits of any number, after an optional sign.
    case bigNumber(String)
    /// `=`: three letters that name a format, a colon, the text.
    case verbatim(Bytes)
    /// `!`: an error of any bytes.
    case blobError(Bytes)
}

/// A key of a map with its value.
package struct RESPEntry: Equatable, Sendable {
    /// The key.
    package var key: RESPValue
    /// The value.
    package var value: RESPValue

    /// Combines a key and a value.
    package init(key: RESPValue, value: RESPValue) {
        self.key = key
        self.value = value
    }
}

/// The version of the protocol that a connection speaks.
package enum RESPVersion: Int, Sendable {
    /// What a connection starts with.
    case two = 2
    /// What `HELLO 3` switches to.
    case three = 3
}
