import Chunks
import Postgres
import Uploads

/// What is to become of a job whose attempt did not succeed.
package enum JobFailure: Error, Sendable, Equatable {
    /// Trying again may help: back off and count it.
    case transient(kind: String, message: String)
    /// It cannot help: the job is dead, until a person retries it.
    case permanent(kind: String, message: String)
    /// The volume is full: wait, and do not count it.
    case waiting(for: String, message: String)
    /// The item was deleted before it was published.
    case obsolete(message: String)
    /// Another worker has the job now: change nothing.
    case lost
    /// This worker stops: give the attempt back.
    case stopped

    /// Sorts an error into one of these.
    init(_ error: any Error) {
        switch error {
        case let failure as JobFailure: self = failure
        case is CancellationError: self = .stopped
        case let error as ChunkError: self.init(error)
        case let error as PostgresError where error.code == .cancelled: self = .stopped
        default: self = .transient(kind: "\(type(of: error))", message: "\(error)")
        }
    }

    private init(_ error: ChunkError) {
        switch error.code {
        case .noSpace: self = .waiting(for: "space", message: error.message)
        case .missing, .tooShort: self = .permanent(kind: "missing-bytes", message: error.message)
        case .notThisVolume: self = .waiting(for: "volume", message: error.message)
        case .readOnly, .inputOutput: self = .transient(kind: "volume", message: error.message)
        }
    }
}
