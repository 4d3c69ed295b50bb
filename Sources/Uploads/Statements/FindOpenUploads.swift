import Postgres
import UploadProtocol

/// Those of these uploads that are there and open; each once, in any order. Takes no lock.
///
/// Half of what `FindUploads` costs the server, since an upload has four times as many columns.
struct FindOpenUploads: Statement {
    var ids: [UploadID]

    static let sql = """
        SELECT id, folder_id, owner, length, "offset", metadata, concat, expires_at FROM upload
        WHERE id = ANY($1::uuid[]) AND state = 'open' AND dialect = 'tus' AND removed_at IS NULL
            AND lease_node IS NULL AND turn <= claimed_turn AND expires_at > clock_timestamp()
            AND (concat IS NULL OR concat = 'partial')
        """

    var parameters: [any SQLEncodable] { [ids.map(\.description)] }

    static func decode(_ row: Row) throws -> OpenUpload {
        OpenUpload(
            id: try row["id"], folder: try row["folder_id"], owner: try row["owner"], length: try row["length"],
            offset: try row["offset"], metadata: try row["metadata"], concat: try row["concat"],
            expires: try row["expires_at"])
    }

    /// For questions that come at the same time.
    static func shared(_ pool: PostgresPool) -> SharedRead<UploadID, OpenUpload?> {
        SharedRead { ids in
            try await pool.query(FindOpenUploads(ids: ids)).placed(by: ids) { $0.id }
        }
    }
}
