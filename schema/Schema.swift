/// The database's schema as this version needs it: the SQL files beside this one, in the order of their numbers.
///
/// Plain and forward-only: a file is never changed once it has been released, the next change is the next file.
///
/// Nodes are upgraded one after the other while all of them serve, so old programs meet the new schema. A file on which
/// they can go on says so: `-- compatible-with: 4` is for programs whose files end with 004 or later. It may then only
/// add: columns that are null or have a default, tables, indexes, values that old programs never read. What it makes
/// superfluous goes with a later file, when no program that reads it is left, and that file names a later number. Old
/// programs refuse to start on a schema that has a file without such a line.
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
