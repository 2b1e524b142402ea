import Quorum
import Testing

@Suite struct InjectedDelayTests {
    @Test("delays are read as they are written")
    func reads() {
        let delays: [(String, InjectedDelay.Shape)] = [
            ("5ms", .constant(5)), ("0ms", .constant(0)), ("1.5s", .constant(1_500)),
            ("250us", .constant(0.25)), ("exp:5ms", .exponential(mean: 5)),
            ("uniform:1ms-9ms", .uniform(low: 1, high: 9)),
            ("pareto:1.05ms,1.51", .pareto(scale: 1.05, shape: 1.51)),
        ]
        for (text, shape) in delays {
            #expect(InjectedDelay(text)?.shape == shape, "\(text)")
            #expect(InjectedDelay(text)?.text == text)
        }
    }

    @Test(
        "what is no delay is refused",
        arguments: [
            "", "5", "ms", "-5ms", "61s", "nanms", "infms", "exp", "exp:", "exp:5", "normal:5ms",
            "uniform:5ms", "uniform:9ms-1ms", "uniform:1ms-2ms-3ms", "pareto:1ms", "pareto:1ms,0",
            "pareto:1ms,-1", "pareto:1ms,inf", "pareto:1ms,1,1", "exp:5ms:5ms",
        ])
    func refuses(text: String) {
        #expect(InjectedDelay(text) == nil)
    }

    @Test("a word names one kind of message, both requests, or all")
    func kinds() {
        #expect(DelayedKind.named("write") == [.write])
        #expect(DelayedKind.named("both") == [.write, .read])
        #expect(DelayedKind.named("all") == [.write, .acknowledgement, .read, .response])
        #expect(DelayedKind.named("heartbeat") == nil)
    }
}
