import Foundation
import Monitoring
import Postgres
import TestSupport
import Testing
import Uploads

@Suite struct JobListTests {
    /// Jobs 1 to `count`, in `/a`, `/a/b` and the root by turns, of ann and bert by turns.
    static func fill(_ database: MigratedDatabase, _ count: Int) async throws {
        try await database.script(
            """
            INSERT INTO item (id, parent_id, name, kind, state, owner) VALUES
                (md5('a')::uuid, '\(NewUpload.root)', 'a', 'Folder', 'published', 'ann'),
                (md5('b')::uuid, md5('a')::uuid, 'b', 'Folder', 'published', 'ann');
            INSERT INTO upload (id, folder_id, owner, state, length, "offset", filename, content_type, kind, item_id,
                expire_seconds, expires_at)
            SELECT md5('upload' || n)::uuid, (ARRAY[md5('a')::uuid, md5('b')::uuid, '\(NewUpload.root)'])[n % 3 + 1],
                CASE n % 2 WHEN 0 THEN 'ann' ELSE 'bert' END, 'complete', 9, 9, 'file-' || n, 'text/plain', 'File',
                gen_random_uuid(), 3600, now() + interval '1 hour'
            FROM generate_series(1, \(count)) AS n;
            INSERT INTO job (upload_id, bytes_total, owner, folder_id, created_at, queued_at)
            SELECT id, 9, owner, folder_id, at, at FROM upload
            CROSS JOIN LATERAL (SELECT now()
                - (\(count + 1) - substr(filename, 6)::integer) * interval '1 minute' AS at) AS moment
            ORDER BY substr(filename, 6)::integer
            """)
    }

    private func ids(_ reader: JobReader, _ parameters: (String, String)...) async throws -> [Int64] {
        try await reader.list(JobQuery(parameters.map { (name: $0.0, value: $0.1) })).jobs.map(\.id)
    }

    @Test func filtersLetThroughWhatTheySay() async throws {
        try await MigratedDatabase.with { database in
            try await Self.fill(database, 12)
            try await database.script(
                "UPDATE job SET state = 'dead', finished_at = now(), error_class = 'x' WHERE id IN (3, 4)")
            let reader = JobReader(pool: database.pool)
            #expect(try await ids(reader) == Array((1...12).reversed()))
            #expect(try await ids(reader, ("state", "dead")) == [4, 3])
            #expect(
                try await ids(reader, ("state", "dead,queued"), ("owner", "ann")) == [12, 10, 8, 6, 4, 2])
            #expect(try await ids(reader, ("folder", "/a/b")) == [10, 7, 4, 1])
            #expect(try await ids(reader, ("folder", "/a")) == [12, 10, 9, 7, 6, 4, 3, 1])
            #expect(try await ids(reader, ("folder", "/")) == Array((1...12).reversed()))
            #expect(try await ids(reader, ("older_than", "600")) == [3, 2, 1])
            #expect(try await ids(reader, ("older_than", "570"), ("state", "dead")) == [3])
            #expect(try await ids(reader, ("owner", "nobody")) == [])
            #expect(try await ids(reader, ("owner", "ann"), ("folder", "/a/b")) == [10, 4])
            #expect(
                try await ids(reader, ("owner", "ann"), ("folder", "/a"), ("state", "queued,done")) == [12, 10, 6])
            #expect(try await ids(reader, ("owner", "ann"), ("folder", "/a/b"), ("before", "10")) == [4])
            let job = try #require(try await reader.find(10))
            #expect(
                job.folder == ["a", "b"] && job.itemName == nil && job.filename == "file-10"
                    && job.owner == "ann")
        }
    }

    /// Cursors neither repeat nor skip, whatever comes and goes between two pages.
    @Test func cursorsAreStable() async throws {
        try await MigratedDatabase.with { database in
            try await Self.fill(database, 10)
            let reader = JobReader(pool: database.pool)
            #expect(try await ids(reader, ("b_size", "4")) == [10, 9, 8, 7])
            try await database.script("DELETE FROM upload WHERE filename = 'file-8'")
            #expect(try await ids(reader, ("b_size", "4"), ("before", "7")) == [6, 5, 4, 3])
            #expect(try await ids(reader, ("b_size", "4"), ("after", "6")) == [10, 9, 7])
            #expect(try await ids(reader, ("b_size", "4"), ("after", "0")) == [4, 3, 2, 1])
            #expect(try await ids(reader, ("b_size", "4"), ("b_start", "8")) == [1])
            let page = try await reader.list(
                JobQuery([("b_size", "4"), ("before", "7"), ("owner", "ann")]))
            #expect(page.jobs.map(\.id) == [6, 4, 2] && !page.hasOlder && page.hasNewer)
            #expect(page.total == 4 && page.isTotalExact)
        }
    }

    @Test(arguments: [
        ("state", "lost", "queued, running"), ("state", "", "queued, running"), ("state", "dead,", "queued, running"),
        ("folder", "a", "path"),
        ("older_than", "-1", "whole number"),
        ("older_than", "soon", "whole number"), ("b_size", "0", "1 to 1000"),
        ("b_size", "1001", "1 to 1000"),
        ("b_start", "10001", "10000"), ("before", "x", "whole number"), ("owner", "", "account"),
        ("colour", "red", "there are: state"),
    ])
    func aWrongParameterIsNamedWithWhatItMayBe(name: String, value: String, expected: String) throws {
        let mistake = #expect(throws: JobFilter.Mistake.self) { try JobQuery([(name, value)]) }
        #expect(
            mistake?.description.contains(name) == true && mistake?.description.contains(expected) == true
        )
    }

    @Test func aFolderThatDoesNotExistIsAMistake() async throws {
        try await MigratedDatabase.with { database in
            _ = await #expect(throws: JobFilter.Mistake.self) {
                _ = try await JobReader(pool: database.pool).list(JobQuery([("folder", "/nowhere")]))
            }
        }
    }

    @Test func figuresAreWhatTheRowsSay() async throws {
        try await MigratedDatabase.with { database in
            try await Self.fill(database, 10)
            try await database.script(
                """
                UPDATE job SET state = 'done', finished_at = queued_at + interval '2 seconds', started_at = queued_at
                WHERE id > 7;
                UPDATE job SET state = 'dead', finished_at = now() WHERE id = 1;
                UPDATE job SET state = 'running', worker = 'w', lease_until = now() + interval '1 minute' WHERE id = 2;
                INSERT INTO worker (id, role, host, version, last_seen) VALUES
                    ('w', 'finalizer', 'h', '1', now()), ('x', 'finalizer', 'h', '1', now() - interval '31 seconds'),
                    ('f', 'front', 'h', '1', now());
                """)
            let reader = JobReader(pool: database.pool)
            let figures = try await reader.figures()
            #expect(
                figures.counts == [
                    .queued: 5, .running: 1, .retrying: 0, .done: 3, .dead: 1, .cancelled: 0,
                ])
            #expect(
                figures.visibleP50 == 2 && figures.visibleP99 == 2 && figures.workers == 1
                    && !figures.isPaused)
            #expect(abs((figures.oldestAge ?? 0) - 540) < 30)
            let workers = try await reader.workers()
            #expect(workers.map(\.id) == ["w", "x", "f"] && workers.map(\.jobs) == [1, 0, 0])
            #expect(workers.map(\.isAlive) == [true, false, true])
            #expect(try await reader.minutes(60).map(\.done).reduce(0, +) == 3)
        }
    }

    @Test func everyChangeIsToldAfterAMomentAndNoneTwice() async throws {
        try await MigratedDatabase.with { database in
            try await Self.fill(database, 5)
            let reader = JobReader(pool: database.pool)
            let begin = try await reader.moment()
            #expect(try await reader.changes(since: begin).jobs.isEmpty)
            // A transaction that began first and ends last: no count of events would find it.
            try await database.pool.withConnection { slow in
                try await slow.executeScript(
                    "BEGIN; UPDATE job SET priority = 3, changed = pg_current_xact_id() WHERE id = 1")
                try await database.script(
                    "UPDATE job SET priority = 3, changed = pg_current_xact_id() WHERE id = 2")
                let first = try await reader.changes(since: begin)
                #expect(first.jobs.map(\.id) == [2] && !first.isTooMuch)
                try await slow.executeScript("COMMIT")
                let second = try await reader.changes(since: first.now)
                #expect(second.jobs.map(\.id) == [1])
                #expect(try await reader.changes(since: second.now).jobs.isEmpty)
            }
            // What a reader that was away has missed.
            #expect(Set(try await reader.changes(since: begin).jobs.map(\.id)) == [1, 2])
        }
    }

    @Test(arguments: ["", "5", "5:4:", "0:1:", "a:b:c", "5:9:7,6", "5:9:9", "5:9:6,,x", "1:2:3:4"])
    func whatIsNoMomentIsRefused(text: String) {
        #expect(Moment(text) == nil)
    }

    @Test(arguments: ["5:5:", "5:9:5,7", "18446744073709551615:18446744073709551615:"])
    func aMomentIsReadBack(text: String) async throws {
        let moment = try #require(Moment(text))
        try await MigratedDatabase.with { database in
            _ = try await JobReader(pool: database.pool).changes(since: moment)
        }
    }
}
