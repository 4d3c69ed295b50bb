import Foundation
import TestSupport

/// The same figures with more front processes, with more rows, and with larger files: the cost of each stays flat.
enum Growth {
    private static let rows = [10_000, 1_000_000]
    /// Of which one statement makes so many: the harness waits for none longer than half a minute.
    private static let batch = 20_000
    /// Bytes; those that the disk has no room for are left out.
    private static let sizes = [1 << 10, 1 << 20, 1 << 30, 10 << 30, 100 << 30]

    static func run(_ options: BenchOptions) async throws -> [Figure] {
        var figures: [Figure] = []
        for fronts in [1, 2, 4] {
            figures += try await Stage.with(options, "fsync", fronts: fronts) { stage in
                try await renamed("\(fronts) front nodes", three(stage))
            }
        }
        figures += try await Stage.with(options, "fsync") { stage in
            var figures: [Figure] = []
            for count in rows {
                try await fill(stage, count)
                figures += try await renamed("\(count) uploads", three(stage))
            }
            return figures
        }
        for size in sizes {
            figures += try await Stage.with(options, "page-cache") { stage in
                guard try room(stage) > size + size / 4 else { return [] }
                return try await renamed("\(size >> 10) KiB", [file(stage, size)])
            }
        }
        return figures
    }

    private static func room(_ stage: Stage) throws -> Int {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: stage.cluster.volume)
        return (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }

    private static func three(_ stage: Stage) async throws -> [Figure] {
        try await stage.repeated([
            { try await Heads.heads(stage, 16) },
            { try await Small.patch(stage, 32) },
            { try await Large.upload(stage, "large-8", streams: 8, mebibytes: 64, patchMiB: 8) },
        ])
    }

    private static func file(_ stage: Stage, _ size: Int) async throws -> Figure {
        let mebibytes = size >> 20
        guard mebibytes > 0 else { return try await Small.patch(stage, 1, size: size) }
        return try await Large.upload(stage, "one file", streams: 1, mebibytes: mebibytes, patchMiB: mebibytes)
    }

    private static func renamed(_ what: String, _ figures: [Figure]) -> [Figure] {
        figures.map { figure in
            var figure = figure
            figure.work += ", " + what
            return figure
        }
    }

    /// Finished uploads with their items and jobs, as they would be left by as many clients.
    private static func fill(_ stage: Stage, _ count: Int) async throws {
        for first in stride(from: 0, to: count, by: batch) {
            try await fill(stage, "grown-\(count)-\(first)", min(batch, count - first))
        }
        try await stage.cluster.sql("ANALYZE")
    }

    private static func fill(_ stage: Stage, _ stem: String, _ count: Int) async throws {
        try await stage.cluster.sql(
            """
            WITH made AS (
                INSERT INTO upload (id, folder_id, owner, state, length, "offset", filename, content_type, kind,
                    expire_seconds, expires_at, item_id, completed_at, finished_at, swept_at)
                SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000000', 'admin', 'finalized', 1, 1,
                    '\(stem)-' || n, 'text/plain', 'File', 86400, now() + interval '1 day',
                    gen_random_uuid(), now(), now(), now()
                FROM generate_series(1, \(count)) AS n RETURNING *
            ), stored AS (
                INSERT INTO blob (id, length) SELECT id, 1 FROM made
            ), shown AS (
                INSERT INTO item (id, parent_id, name, kind, state, title, owner, filename, content_type, size, blob_id,
                    upload_id)
                SELECT item_id, folder_id, filename, kind, 'published', filename, owner, filename, content_type, 1, id,
                    id FROM made
            )
            INSERT INTO job (upload_id, state, attempt, bytes_total, bytes_done, finished_at, owner, folder_id)
            SELECT id, 'done', 1, 1, 1, now(), owner, folder_id FROM made
            """)
    }
}
