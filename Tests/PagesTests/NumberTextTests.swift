import Pages
import Testing

@Suite("Numbers as text") struct NumberTextTests {
    @Test(
        "A number is rounded to its digits",
        arguments: [
            (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (12.345, 2, "12.35"),
            (1e300, 3, "1e+300"),
        ])
    func decimals(number: Double, digits: Int, text: String) {
        #expect(NumberText.decimal(number, digits: digits) == text)
    }

    @Test("Thousands are grouped")
    func grouped() {
        #expect(NumberText.grouped(999) == "999")
        #expect(NumberText.grouped(1_234_567) == "1,234,567")
        #expect(NumberText.grouped(-12_345) == "-12,345")
        #expect(NumberText.grouped(Int.min) == "-9,223,372,036,854,775,808")
    }
}
