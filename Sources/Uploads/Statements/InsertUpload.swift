import Digests
import Foundation
import Postgres
import UploadProtocol

/// A new upload; already claimed by `node` when a body comes with its creation. No row: the folder is not there.
struct InsertUpload: SharableStatement {
    var new: NewUpload
    var node: NodeID?
    var leaseSeconds: Int

    static let given: KeyValuePairs = [
        "given_id": "uuid", "given_folder": "uuid", "given_replaces": "boolean", "given_owner": "text",
        "given_length": "bigint", "given_metadata": "text", "given_filename": "text", "given_type": "text",
        "given_kind": "text", "given_expiry": "integer", "given_node": "text", "given_lease": "integer",
        "given_sha256": "bytea", "given_sha512": "bytea", "given_concat": "text", "given_dialect": "text",
        // An array in an array would be one array of all: it comes as its literal.
        "given_wanted": "text",
    ]

    static func sql(given: String) -> String {
        """
        WITH given AS (
            SELECT * FROM \(given)
        ), mine AS (
            INSERT INTO upload (id, folder_id, replaces, owner, length, metadata, filename, content_type, kind,
                expire_seconds, expires_at, fence, lease_node, lease_until, clean, chunk_fences, chunk_starts,
                expected_sha256, expected_sha512, concat, dialect, wanted_digests)
            SELECT given_id, given_folder, given_replaces, given_owner, given_length, given_metadata, given_filename,
                given_type, given_kind, given_expiry, now() + make_interval(secs => given_expiry),
                CASE WHEN given_node IS NULL THEN 0 ELSE 1 END, given_node,
                CASE WHEN given_node IS NULL THEN NULL ELSE now() + make_interval(secs => given_lease) END,
                given_node IS NULL,
                CASE WHEN given_node IS NULL THEN '{}'::bigint[] ELSE '{1}'::bigint[] END,
                CASE WHEN given_node IS NULL THEN '{}'::bigint[] ELSE '{0}'::bigint[] END,
                given_sha256, given_sha512, given_concat, given_dialect, given_wanted::text[]
            -- A scalar sub-select looks at the index; EXISTS may become a scan of all items.
            FROM given WHERE (SELECT item.id FROM item WHERE item.id = given_folder) IS NOT NULL
            RETURNING *
        )
        SELECT given_number, \(Upload.columns) FROM mine JOIN given ON given_id = mine.id
        """
    }

    var sharingKey: String { new.id.description }

    var parameters: [any SQLEncodable] {
        [
            new.id, new.folder, new.replaces, new.owner, new.length, new.metadata, new.filename, new.contentType,
            new.kind, new.expireSeconds, node?.name, leaseSeconds, new.expected.sha256?.bytes,
            new.expected.sha512?.bytes, new.concat, new.dialect, new.wanted.map(\.rawValue),
        ]
    }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
