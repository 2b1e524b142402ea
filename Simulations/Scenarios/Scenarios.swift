import Simulator
package enum Scenarios {
    package static let names: [String] = []
    package static func plan(named: String) -> Plan? { nil }
    package static func text(named: String) -> String? { nil }
}
