import Testing

@testable import DynaClient

@Suite("DynaError")
struct DynaErrorTests {
    @Test(
        "The first word of an error reply decides the error and the exit status",
        arguments: [
            ("UNAVAILABLE 1 of 2", DynaError.unavailable("1 of 2"), 69),
            ("TIMEOUT 1 of 2", .timedOut("1 of 2"), 75),
            ("OVERLOADED x", .overloaded("x"), 75),
            ("TOOMANYSIBLINGS x", .tooManySiblings("x"), 65),
            ("BADCONTEXT x", .badContext("x"), 65),
            ("WRONGCLUSTER x", .wrongCluster("x"), 70),
            ("NOAUTH x", .notAuthorised("x"), 77),
            ("ERR r is above n", .rejected("r is above n"), 64),
            ("ERR too large: an argument", .rejected("too large: an argument"), 65),
            ("ERR larger than the limit", .rejected("larger than the limit"), 65),
            ("SOMETHING else", .rejected("SOMETHING else"), 64),
        ] as [(String, DynaError, Int32)])
    func firstWordDecides(text: String, error: DynaError, exitCode: Int32) {
        #expect(DynaError(reply: text) == error)
        #expect(error.exitCode == exitCode)
    }
}
