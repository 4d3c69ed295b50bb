package import Chunks
package import Postgres

/// Which of these files have a row that needs them, by their place in the arrays, from 1.
package struct KnownFiles: Statement {
    var ids: [String]
    /// Of a chunk; 0 for others.
    var fences: [Int64]
    /// `chunk`, `blob` or `part`.
    var kinds: [String]

    package static let sql = """
        SELECT file.place FROM unnest($1::uuid[], $2::bigint[], $3::text[])
            WITH ORDINALITY AS file(id, fence, kind, place)
        WHERE EXISTS (
            SELECT FROM upload WHERE upload.id = file.id AND swept_at IS NULL
                AND (file.kind <> 'chunk' OR file.fence = ANY(chunk_fences))
                AND (file.kind = 'chunk' OR state IN ('complete', 'failed')))
            OR (file.kind = 'blob' AND EXISTS (SELECT FROM blob WHERE blob.id = file.id))
        """

    package var parameters: [any SQLEncodable] { [ids, fences, kinds] }

    package static func decode(_ row: Row) throws -> Int { try row["place"] }
}

extension KnownFiles {
    /// Those of the entries that no row needs; files that were not made by us are none of them.
    package static func orphans(among entries: [VolumeEntry], _ pool: PostgresPool) async throws -> [VolumeEntry] {
        let files = entries.compactMap { entry in key(of: entry).map { (entry: entry, key: $0) } }
        guard !files.isEmpty else { return [] }
        let statement = KnownFiles(
            ids: files.map(\.key.id), fences: files.map(\.key.fence), kinds: files.map(\.key.kind))
        let known = Set(try await pool.query(statement))
        return files.enumerated().filter { !known.contains($0.offset + 1) }.map(\.element.entry)
    }

    private static func key(of entry: VolumeEntry) -> (id: String, fence: Int64, kind: String)? {
        switch entry.kind {
        case .chunk(let id, let fence): (id, fence, "chunk")
        case .blob(let id): (id, 0, "blob")
        case .part(let id, _): (id, 0, "part")
        case .unknown: nil
        }
    }
}
