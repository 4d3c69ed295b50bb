package import Digests
package import Foundation
package import Logging
package import Postgres
package import UploadProtocol

/// What a new upload is made from.
package struct NewUpload: Sendable {
    package var id: UploadID
    package var folder: UUID
    package var replaces: Bool
    package var owner: String
    /// Bytes in all; nil while it is deferred.
    package var length: Int64?
    package var metadata: String
    /// `Upload-Concat` as it came.
    package var concat: String?
    package var filename: String
    package var contentType: String
    package var kind: String
    package var expireSeconds: Int
    /// What the whole must hash to.
    package var expected = ContentDigests()
    /// By which algorithms else the whole is to be hashed.
    package var wanted: [DigestAlgorithm] = []
    package var dialect: Dialect

    package init(
        id: UploadID, folder: UUID, replaces: Bool, owner: String, length: Int64?, metadata: String,
        concat: String? = nil, filename: String, contentType: String, kind: String, expireSeconds: Int,
        dialect: Dialect = .tus
    ) {
        self.id = id
        self.folder = folder
        self.replaces = replaces
        self.owner = owner
        self.length = length
        self.metadata = metadata
        self.concat = concat
        self.filename = filename
        self.contentType = contentType
        self.kind = kind
        self.expireSeconds = expireSeconds
        self.dialect = dialect
    }
}

/// The uploads' rows: creating, claiming, moving the offset, ending. One method is one statement unless said.
package struct UploadStore: Sendable {
    /// How long a silent writer keeps its claim, seconds.
    package var leaseSeconds: Int
    /// Bytes that a final upload may have; nil: any number.
    package var maximumSize: Int64?
    let pool: PostgresPool
    package let handover: Handover
    let logger: Logger
    private let finding: SharedRead<UploadID, Upload?>
    private let findingOpen: SharedRead<UploadID, OpenUpload?>
    private let inserting: SharedStatement<InsertUpload, Upload?>
    let insertingWhole: SharedStatement<InsertWholeUpload, Upload?>
    let claiming: SharedStatement<ClaimUpload, Upload?>
    let completing: SharedStatement<CompleteUpload, Upload?>
    let completingAtOnce: SharedStatement<CompleteAtOnce, Upload?>

    package init(pool: PostgresPool, handover: Handover, leaseSeconds: Int, logger: Logger) {
        _ = Measured.takeOvers
        self.pool = pool
        self.handover = handover
        self.leaseSeconds = leaseSeconds
        self.logger = logger
        finding = FindUploads.shared(pool)
        findingOpen = FindOpenUploads.shared(pool)
        inserting = SharedStatement(pool)
        insertingWhole = SharedStatement(pool)
        claiming = SharedStatement(pool)
        completing = SharedStatement(pool)
        completingAtOnce = SharedStatement(pool)
    }

    /// A lease that was taken or prolonged by a statement sent at `moment` may be trusted until here: a second less
    /// than the database grants, for clocks that run apart.
    func trust(from moment: ContinuousClock.Instant) -> ContinuousClock.Instant {
        moment.advanced(by: .seconds(max(1, leaseSeconds - 1)))
    }

    /// An upload that nobody has claimed.
    package func create(_ new: NewUpload) async throws -> Upload {
        try await insert(new, node: nil)
    }

    /// An upload that is claimed already, for a POST that brings bytes.
    package func createClaimed(_ new: NewUpload) async throws -> (Upload, Claim) {
        let moment = ContinuousClock.now
        let upload = try await insert(new, node: handover.node)
        return (upload, Claim(upload, trustedUntil: trust(from: moment)))
    }

    private func insert(_ new: NewUpload, node: NodeID?) async throws -> Upload {
        let statement = InsertUpload(new: new, node: node, leaseSeconds: leaseSeconds)
        do {
            guard let upload = try await inserting(statement) else { throw UploadError.notFound }
            return upload
        } catch let error as PostgresError where error.mayHaveTakenEffect {
            // The id is ours alone: if the row is there, the statement took effect.
            guard let upload = try await pool.first(FindUpload(id: new.id)) else { throw error }
            return upload
        }
    }

    /// The upload as it is now, whoever holds it; takes no lock.
    package func find(_ id: UploadID) async throws -> Upload? {
        try await finding(id)
    }

    /// The upload if it is no more than open, for one who is no task; see `SharedRead`. Takes no lock.
    package func findOpen(_ id: UploadID, then body: @escaping @Sendable (Result<OpenUpload?, any Error>) -> Void) {
        findingOpen(id, then: body)
    }

    /// Ends an open upload or removes a finished one's tombstone. Makes a writer stop first. Finals that wait for it
    /// fail; those that have all their parts still become items.
    /// - Parameter reason: told to whoever asks for the upload later.
    package func terminate(
        _ id: UploadID, for arrival: Arrivals.Arrival, reason: String? = nil, check: (Upload) throws -> Void
    ) async throws {
        while true {
            let upload = try await settled(id, for: arrival, check: check)
            let statement = TerminateUpload(id: id, fence: upload.fence, reason: reason)
            let isDone =
                upload.isPartial
                ? try await endPart(id) { try await $0.first(statement) } != nil
                : try await pool.first(statement) != nil
            if isDone { return }
        }
    }

    /// Forgets an upload that was terminated and whose files are gone, as if it had never been.
    package func forget(_ id: UploadID) async throws {
        try await pool.execute(ForgetUpload(id: id))
    }
}

extension UploadStore {
    /// How many uploads a user has not finished, and how many bytes they announce.
    package func unfinished(of owner: String) async throws -> (uploads: Int, bytes: Int64) {
        try await pool.first(UnfinishedOf(owner: owner)) ?? (0, 0)
    }
}
