import Simulator

/// A run as one self-contained HTML page.
struct TimelinePage {
    let report: RunReport

    init(_ report: RunReport) {
        self.report = report
    }

    var text: String { "" }
}
