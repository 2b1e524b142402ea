import Simulator
import Testing

@Suite struct PlanTests {
    @Test func `A plan of equal parts is equal`() {
        #expect(Plan(seed: 1) == Plan(seed: 1))
    }
}
