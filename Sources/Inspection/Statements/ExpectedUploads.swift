import Postgres
import UploadProtocol
import Uploads

/// An upload whose committed bytes must be on the volume.
struct ExpectedUpload: Sendable, Equatable {
    var id: UploadID
    var state: String
    var chunks: ChunkList

    /// The finalizer may have renamed its only chunk, or put its chunks together, already.
    var mayStandAsBlob: Bool { state != "open" }

    static let columns = #"id, state, chunk_fences, chunk_starts, "offset", clean"#

    /// Not those that have become items, nor removed ones, whose files the sweeper takes; but parts as long as a final
    /// may need them (see `UnsweptUploads`). One whose item was deleted under its job loses its bytes with the job.
    static let condition = """
        swept_at IS NULL AND "offset" > 0 AND (
            (removed_at IS NULL AND state IN ('open', 'complete', 'failed')
                AND NOT (state = 'failed' AND (
                    SELECT error_class FROM job WHERE job.upload_id = upload.id) IS NOT DISTINCT FROM 'obsolete'))
            OR (concat = 'partial' AND state = 'complete' AND (
                SELECT final.id FROM upload_part JOIN upload AS final ON final.id = upload_part.upload_id
                WHERE upload_part.part_id = upload.id
                    AND (final.state = 'complete' OR (final.state = 'failed' AND final.removed_at IS NULL))
                LIMIT 1) IS NOT NULL))
        """

    init(row: Row) throws {
        id = try row["id"]
        state = try row["state"]
        chunks = ChunkList(
            fences: try row["chunk_fences"], starts: try row["chunk_starts"], end: try row["offset"],
            isClean: try row["clean"])
    }
}

/// In the order of their ids.
struct ExpectedUploads: Statement {
    /// Those behind this one.
    var after: UploadID
    var limit: Int

    static let sql = """
        SELECT \(ExpectedUpload.columns) FROM upload
        WHERE id > $1::uuid AND \(ExpectedUpload.condition)
        ORDER BY id LIMIT $2::bigint
        """

    var parameters: [any SQLEncodable] { [after, limit] }

    static func decode(_ row: Row) throws -> ExpectedUpload { try ExpectedUpload(row: row) }
}

/// No row: its files need not be there (any more).
struct ExpectedAgain: Statement {
    var id: UploadID

    static let sql = """
        SELECT \(ExpectedUpload.columns) FROM upload WHERE id = $1::uuid AND \(ExpectedUpload.condition)
        """

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> ExpectedUpload { try ExpectedUpload(row: row) }
}
