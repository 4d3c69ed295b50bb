/// A job, as `Slots` look at it.
protocol SlotTaker: Sendable {
    var isSmall: Bool { get }
    /// Nothing but a rename stands between the upload and its item.
    var isRename: Bool { get }
}

/// What one worker runs at the same time, and what it may take next.
///
/// **A slot is a run.** A job has a slot of its own, but those of one claim that are mere renames share one: they cost
/// less together than each alone.
///
/// **Small files are not stuck behind large ones.** Of several slots some are kept for small jobs (a quarter, at least
/// one): however many large ones wait, a file of some megabytes finds a slot as soon as a small one is done. With one
/// slot there is nothing to keep; then the order alone helps, by which a small job goes before a larger one.
///
/// **Large files do not starve.** The kept slots are never more than a part, and a job that has been due for
/// `AgeJobs.patience` goes one class of priority up, until it stands in one line with the small ones by age alone.
struct Slots: Sendable {
    /// Up to this many bytes a job is small: as in the priority that `CompleteUpload` gives.
    static let smallBytes: Int64 = 16 << 20

    struct Next: Sendable, Equatable {
        /// Jobs that may be claimed; small ones only, if only these have a slot.
        var limit: Int
        var onlySmall: Bool
        /// Renames that may be claimed besides.
        var renames: Int
    }

    let concurrency: Int
    /// Jobs that one claim takes at most.
    let batch: Int
    private(set) var small = 0
    private(set) var large = 0

    init(concurrency: Int, batch: Int) {
        self.concurrency = concurrency
        self.batch = batch
    }

    /// Slots that large jobs leave free.
    var kept: Int { concurrency > 1 ? max(1, concurrency / 4) : 0 }

    private var free: Int { concurrency - small - large }

    /// What may be claimed now; nil when all slots are taken.
    var next: Next? {
        guard free > 0 else { return nil }
        let forAny = concurrency - kept - large
        // One slot is left for the renames; the last one is for both.
        let limit = min(free == 1 ? 1 : free - 1, forAny > 0 ? forAny : free, batch)
        return Next(limit: limit, onlySmall: forAny <= 0, renames: batch - limit)
    }

    /// The runs of jobs that were claimed, each of which has a slot from now on.
    mutating func take<Job: SlotTaker>(_ jobs: [Job]) -> [[Job]] {
        let renames = jobs.filter(\.isRename)
        var runs = jobs.filter { !$0.isRename }.map { [$0] }
        if !renames.isEmpty {
            if runs.count == free { runs[0] = renames + runs[0] } else { runs.insert(renames, at: 0) }
        }
        for run in runs { count(run, 1) }
        return runs
    }

    mutating func free(_ run: [some SlotTaker]) {
        count(run, -1)
    }

    private mutating func count(_ run: [some SlotTaker], _ change: Int) {
        if run.allSatisfy({ $0.isSmall || $0.isRename }) { small += change } else { large += change }
    }
}
