import Digests
import Foundation
import Postgres
import UploadProtocol

/// A new upload; already claimed by `node` when a body comes with its creation.
struct InsertUpload: Statement {
    var new: NewUpload
    var node: NodeID?
    var leaseSeconds: Int

    static let sql = """
        INSERT INTO upload (id, folder_id, replaces, owner, length, metadata, filename, content_type, kind,
            expire_seconds, expires_at, fence, lease_node, lease_until, clean, chunk_fences, chunk_starts,
            expected_sha256, expected_sha512, concat, dialect,
            wanted_digests)
        SELECT $1::uuid, $2::uuid, $3::boolean, $4::text, $5::bigint, $6::text, $7::text, $8::text, $9::text,
            $10::integer, now() + make_interval(secs => $10::integer),
            CASE WHEN $11::text IS NULL THEN 0 ELSE 1 END, $11::text,
            CASE WHEN $11::text IS NULL THEN NULL ELSE now() + make_interval(secs => $12::integer) END,
            $11::text IS NULL,
            CASE WHEN $11::text IS NULL THEN '{}'::bigint[] ELSE '{1}'::bigint[] END,
            CASE WHEN $11::text IS NULL THEN '{}'::bigint[] ELSE '{0}'::bigint[] END,
            $13::bytea, $14::bytea, $15::text, $16::text, $17::text[]
        RETURNING \(Upload.columns)
        """

    var parameters: [any SQLEncodable] {
        [
            new.id, new.folder, new.replaces, new.owner, new.length, new.metadata, new.filename, new.contentType,
            new.kind, new.expireSeconds, node?.name, leaseSeconds, new.expected.sha256?.bytes,
            new.expected.sha512?.bytes, new.concat, new.dialect, new.wanted.map(\.rawValue),
        ]
    }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
