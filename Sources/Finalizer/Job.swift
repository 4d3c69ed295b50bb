import Logging
package import UploadProtocol
import Uploads

/// A job as its worker claimed it. `attempt` is the fence: every write of the worker says `WHERE attempt = mine`, so a
/// worker that was taken for dead changes nothing any more.
package struct Job: Sendable, Equatable {
    package var id: Int64
    package var upload: UploadID
    package var attempt: Int64
    /// Attempts that failed so far; waiting for space or a graceful stop does not count.
    package var failures: Int
    package var mostFailures: Int
    package var bytesTotal: Int64
    /// Bytes that an earlier attempt has copied and synced already.
    package var bytesDone: Int64
}

/// A job that was just claimed, with its upload as it was then.
struct ClaimedJob: Sendable {
    var job: Job
    var upload: Upload
}

extension ClaimedJob: SlotTaker {
    var isSmall: Bool { job.bytesTotal <= Slots.smallBytes }
    var isRename: Bool { Renames.suits(upload) }
}

/// The steps of a job, each of which may be repeated.
package enum Phase: String, Sendable, CaseIterable {
    case verify, assemble, sync, publish
}

extension Job {
    /// What every log line about it says.
    var metadata: Logger.Metadata {
        [
            "job": .stringConvertible(id), "upload": "\(upload)", "attempt": .stringConvertible(attempt),
        ]
    }
}
