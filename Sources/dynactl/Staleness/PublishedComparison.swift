import Primitives
import Staleness

/// The paper's table 4 beside what this model gives.
struct PublishedComparison {
    /// A printed number and ours.
    private struct Cell {
        let printed: Double
        let ours: WARSTrials.Quantile

        /// By how much of the printed number ours is greater; nil beside a printed zero.
        var difference: Double? {
            guard printed > 0 else { return ours.milliseconds == 0 ? 0 : nil }
            return ours.milliseconds / printed - 1
        }
    }

    private struct Row {
        let model: PublishedFit
        let quorum: QuorumSizes
        let read: Cell
        let write: Cell
        let visible: Cell
    }

    private let player: WARSPlayer
    private var rows: [Row] = []

    /// An empty table, the trials of which `player` plays.
    init(player: WARSPlayer) {
        self.player = player
    }

    /// Adds the rows of a model.
    mutating func add(_ model: PublishedFit) async {
        let cells = PublishedCell.cells(of: model)
        let trials = await player.play(
            WARSModel(model.fit, n: 3, nodes: 3, coordinators: .outside), cells.map(\.quorum))
        for cell in cells {
            let share = StalenessResult.target
            rows.append(
                Row(
                    model: model, quorum: cell.quorum,
                    read: Cell(
                        printed: cell.readLatency,
                        ours: trials.readLatency(r: cell.quorum.r, share)),
                    write: Cell(
                        printed: cell.writeLatency,
                        ours: trials.writeLatency(w: cell.quorum.w, share)),
                    visible: Cell(
                        printed: cell.tVisibility,
                        ours: trials.timeToVisibility(cell.quorum, share))))
        }
    }

    /// The table as a JSON document.
    var document: String {
        var json = JSONText()
        json.object { json in
            json.string("kind", "publishedTable")
            json.number("trials", player.trials)
            json.number("seed", player.seed)
            json.array("rows") { list in
                for row in rows {
                    list.object { json in
                        json.string("model", row.model.rawValue)
                        json.number("n", row.quorum.n)
                        json.number("r", row.quorum.r)
                        json.number("w", row.quorum.w)
                        PublishedComparison.write(row.read, as: "readLatency", into: &json)
                        PublishedComparison.write(row.write, as: "writeLatency", into: &json)
                        PublishedComparison.write(row.visible, as: "tVisibility", into: &json)
                    }
                }
            }
        }
        return json.text
    }

    private static func write(_ cell: Cell, as name: String, into json: inout JSONText) {
        json.object(name) { json in
            json.number("printed", rounding: cell.printed)
            json.number("ours", rounding: cell.ours.milliseconds)
            json.number("low", rounding: cell.ours.low)
            json.number("high", rounding: cell.ours.high)
            json.number("difference", rounding: cell.difference)
        }
    }

    /// The table for a person.
    var text: String {
        let table = rows.map { row in
            JSON.object([
                ("model", .string(row.model.rawValue)),
                ("r,w", .string("\(row.quorum.r),\(row.quorum.w)")),
                ("readP99.9", .string(PublishedComparison.plain(row.read))),
                ("writeP99.9", .string(PublishedComparison.plain(row.write))),
                ("99.9%FreshAfter", .string(PublishedComparison.plain(row.visible))),
            ])
        }
        return """
            n=3, milliseconds: printed -> ours (95 % interval) difference; \
            \(player.trials) trials, seed \(player.seed)

            \(Table(of: table, first: []).text)

            The printed times to 99.9 % freshness are biased low: docs/staleness.md says why.
            """
    }

    private static func plain(_ cell: Cell) -> String {
        guard cell.printed > 0 || cell.ours.milliseconds > 0 else { return "0 -> 0" }
        // Adding 0 makes a negative zero positive.
        let percent = cell.difference.map { ($0 * 1000).rounded() / 10 + 0 }
        let difference = percent.map { ($0 > 0 ? " +" : " ") + "\($0) %" } ?? ""
        let bounds = [cell.ours.low, cell.ours.high].map(MillisecondText.digits)
        return "\(MillisecondText.digits(cell.printed)) -> "
            + "\(MillisecondText.digits(cell.ours.milliseconds)) "
            + "(\(bounds[0])…\(bounds[1]))" + difference
    }
}
