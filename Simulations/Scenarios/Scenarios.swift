import Simulator

/// Plans of situations that are worth knowing, each with a story that says what to look for.
///
/// Their texts are the files in `Plans`, built into the program.
package enum Scenarios {
    /// The names of all scenarios, in alphabetical order.
    package static let names: [String] = texts.map(\.name)

    /// The plan of a scenario; nil where there is none of that name.
    package static func plan(named name: String) -> Plan? {
        guard let text = text(named: name) else { return nil }
        do throws(PlanTextError) {
            return try Plan(parsing: text)
        } catch {
            preconditionFailure("the scenario \(name) cannot be read: \(error)")
        }
    }

    /// The text of a scenario; nil where there is none of that name.
    package static func text(named name: String) -> String? {
        guard let text = texts.first(where: { $0.name == name }) else { return nil }
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private static let texts: [(name: String, bytes: [UInt8])] = [
        (
            "blocking-read-beside-a-failed-disk",
            PackageResources.blocking_read_beside_a_failed_disk_plan
        ),
        ("blocking-read-repair", PackageResources.blocking_read_repair_plan),
        ("bridge", PackageResources.bridge_plan),
        ("clock-far-ahead", PackageResources.clock_far_ahead_plan),
        ("clock-jump", PackageResources.clock_jump_plan),
        ("clock-strobe", PackageResources.clock_strobe_plan),
        (
            "coordinator-crash-between-w-1-and-w",
            PackageResources.coordinator_crash_between_w_1_and_w_plan
        ),
        ("crash-in-transaction", PackageResources.crash_in_transaction_plan),
        ("damaged-frames", PackageResources.damaged_frames_plan),
        ("deaf-member", PackageResources.deaf_member_plan),
        ("delete-and-recreate", PackageResources.delete_and_recreate_plan),
        ("disk-full-failed-commit", PackageResources.disk_full_failed_commit_plan),
        ("expiry-skewed-clocks", PackageResources.expiry_skewed_clocks_plan),
        ("failed-sync-then-power-loss", PackageResources.failed_sync_then_power_loss_plan),
        ("fallbacks-alone", PackageResources.fallbacks_alone_plan),
        ("flapping-link", PackageResources.flapping_link_plan),
        ("full-disk-outside", PackageResources.full_disk_outside_plan),
        ("full-disk-two-of-three", PackageResources.full_disk_two_of_three_plan),
        ("hint-outlives-tombstone", PackageResources.hint_outlives_tombstone_plan),
        ("hint-replay-across-a-bridge", PackageResources.hint_replay_across_a_bridge_plan),
        ("kv679-dataloss", PackageResources.kv679_dataloss_plan),
        ("kv679-fallback", PackageResources.kv679_fallback_plan),
        ("kv679-fallback-2", PackageResources.kv679_fallback_2_plan),
        ("kv679-tombstone", PackageResources.kv679_tombstone_plan),
        ("kv679-tombstone-2", PackageResources.kv679_tombstone_2_plan),
        ("large-values", PackageResources.large_values_plan),
        ("last-write-wins-skewed-clocks", PackageResources.last_write_wins_skewed_clocks_plan),
        ("majorities-ring", PackageResources.majorities_ring_plan),
        ("missing-disk-found-again", PackageResources.missing_disk_found_again_plan),
        ("old-image", PackageResources.old_image_plan),
        ("one-way-partition", PackageResources.one_way_partition_plan),
        ("partition-and-heal", PackageResources.partition_and_heal_plan),
        ("pause-longer-than-suspicion", PackageResources.pause_longer_than_suspicion_plan),
        ("permanent-one-way", PackageResources.permanent_one_way_plan),
        ("power-loss-all", PackageResources.power_loss_all_plan),
        ("repair-at-once", PackageResources.repair_at_once_plan),
        ("replaced-data-put-back", PackageResources.replaced_data_put_back_plan),
        ("retry-at-a-fallback", PackageResources.retry_at_a_fallback_plan),
        ("retry-of-what-was-forgotten", PackageResources.retry_of_what_was_forgotten_plan),
        ("retry-unknown", PackageResources.retry_unknown_plan),
        ("rolling-restart", PackageResources.rolling_restart_plan),
        ("rot-found-by-scrub", PackageResources.rot_found_by_scrub_plan),
        ("rot-in-hints-found-by-scrub", PackageResources.rot_in_hints_found_by_scrub_plan),
        ("rot-met-by-requests", PackageResources.rot_met_by_requests_plan),
        ("sibling-storm", PackageResources.sibling_storm_plan),
        ("slow-disk", PackageResources.slow_disk_plan),
        ("slow-replica", PackageResources.slow_replica_plan),
        ("stale-page-takes-a-dot-back", PackageResources.stale_page_takes_a_dot_back_plan),
        ("staleness-partial-quorum", PackageResources.staleness_partial_quorum_plan),
        ("staleness-strict-quorum", PackageResources.staleness_strict_quorum_plan),
        ("story-01-hint-outlives-window", PackageResources.story_01_hint_outlives_window_plan),
        ("story-02-late-replicate", PackageResources.story_02_late_replicate_plan),
        (
            "story-03-reader-outlasts-tombstone",
            PackageResources.story_03_reader_outlasts_tombstone_plan
        ),
        ("story-03-stalled-reader", PackageResources.story_03_stalled_reader_plan),
        (
            "story-04-confirmation-from-memory",
            PackageResources.story_04_confirmation_from_memory_plan
        ),
        ("story-05-repair-to-a-fallback", PackageResources.story_05_repair_to_a_fallback_plan),
        ("story-06-absent-owner", PackageResources.story_06_absent_owner_plan),
        (
            "story-07-failed-commit-reuses-a-dot",
            PackageResources.story_07_failed_commit_reuses_a_dot_plan
        ),
        (
            "story-08-clean-stop-then-crash",
            PackageResources.story_08_clean_stop_then_crash_plan
        ),
        (
            "story-08-crash-then-clean-restart",
            PackageResources.story_08_crash_then_clean_restart_plan
        ),
        ("story-09-old-image-equal-lease", PackageResources.story_09_old_image_equal_lease_plan),
        (
            "story-10-hint-acknowledgement-race",
            PackageResources.story_10_hint_acknowledgement_race_plan
        ),
        ("story-11-late-retry", PackageResources.story_11_late_retry_plan),
        (
            "story-12-reply-covers-the-unseen",
            PackageResources.story_12_reply_covers_the_unseen_plan
        ),
        ("story-13-reapers-in-a-circle", PackageResources.story_13_reapers_in_a_circle_plan),
        ("story-14-clock-falls-back", PackageResources.story_14_clock_falls_back_plan),
        ("stuck-disk", PackageResources.stuck_disk_plan),
        ("swizzle-clog", PackageResources.swizzle_clog_plan),
        ("tombstones-reaped", PackageResources.tombstones_reaped_plan),
        ("wiped-node", PackageResources.wiped_node_plan),
        ("wiped-node-reads", PackageResources.wiped_node_reads_plan),
    ]
}
