// How stale reads may be.
extension Judge {
    /// Judges a read that showed something older than the newest version that was acknowledged
    /// when it began.
    mutating func judge(staleRead request: Freshness.Request, shown: Int) {
        guard world.r + world.w > world.n, !world.isSloppy, !isTainted.contains(true) else {
            return
        }
        find(
            .staleness, key: request.key,
            "a read is stale though r + w > n and only primaries answer",
            [
                "shown: version \(shown)",
                "acknowledged before: version \(request.newest)",
            ])
    }

    /// Judges that reads were as stale as the model of their delays says, where nothing else could
    /// make them so.
    ///
    /// - Parameter faults: how many faults the plan has.
    mutating func judge(_ report: FreshnessReport, faults: Int) {
        check(.staleness, times: report.reads)
        guard faults == 0, world.readRepair == .off else { return }
        if report.failedWrites + report.failedReads > 0 {
            find(
                .staleness,
                "\(report.failedWrites) writes and \(report.failedReads) reads failed, though "
                    + "nothing was broken")
        }
        guard let trials = FreshnessReport.trials(of: world) else { return }
        let agreement = report.agreement(with: trials)
        guard !agreement.holds else { return }
        find(.staleness, "reads are not as stale as their delays predict", [agreement.note])
    }
}
