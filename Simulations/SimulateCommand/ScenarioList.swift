import Primitives
import Scenarios
import Simulator

/// The scenarios with what each is about.
enum ScenarioList {
    /// All of them, by name.
    static var all: [(name: String, summary: String)] {
        Scenarios.names.map { ($0, Scenarios.plan(named: $0)?.story.first ?? "") }
    }

    /// One document.
    static func json(_ scenarios: [(name: String, summary: String)]) -> String {
        var json = JSONText()
        json.array { json in
            for scenario in scenarios {
                json.object { json in
                    json.string("name", scenario.name)
                    json.string("summary", scenario.summary)
                }
            }
        }
        return json.text
    }

    /// The text of a scenario.
    static func text(named name: String) -> String? { Scenarios.text(named: name) }
}
