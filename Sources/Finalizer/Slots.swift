/// What one worker runs at the same time, and what it may take next.
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

    /// What may be claimed now; nil when all slots are taken.
    var next: (limit: Int, onlySmall: Bool)? {
        let free = concurrency - small - large
        guard free > 0 else { return nil }
        let forAny = min(free, concurrency - kept - large)
        return forAny > 0 ? (min(forAny, batch), false) : (min(free, batch), true)
    }

    mutating func take(_ job: Job) {
        if job.bytesTotal <= Self.smallBytes { small += 1 } else { large += 1 }
    }

    mutating func free(_ job: Job) {
        if job.bytesTotal <= Self.smallBytes { small -= 1 } else { large -= 1 }
    }
}
