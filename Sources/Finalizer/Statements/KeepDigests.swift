import Digests
import Postgres

/// What the whole upload hashes to. No row: the job is another's now.
struct KeepDigests: Statement {
    var job: Job
    var known: ContentDigests

    static let sql = """
        UPDATE upload SET known_sha256 = $3::bytea, known_sha512 = $4::bytea
        FROM job WHERE job.id = $1::bigint AND job.attempt = $2::integer AND job.state = 'running'
            AND upload.id = job.upload_id
        """

    var parameters: [any SQLEncodable] { [job.id, job.attempt, known.sha256?.bytes, known.sha512?.bytes] }

    static func decode(_ row: Row) throws {}
}
