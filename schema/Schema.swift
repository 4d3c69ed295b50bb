/// The database's schema as this version needs it: the SQL files beside this one, in the order of their numbers.
///
/// Plain and forward-only: a file is never changed once it has been released, the next change is the next file.
package enum Schema {
    /// Name (without `.sql`) and text of each file.
    package static let migrations: [(name: String, sql: String)] = [
        ("001_content", text(PackageResources._01_content_sql)),
        ("002_uploads", text(PackageResources._02_uploads_sql)),
        ("003_jobs", text(PackageResources._03_jobs_sql)),
        ("004_monitoring", text(PackageResources._04_monitoring_sql)),
    ]

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
