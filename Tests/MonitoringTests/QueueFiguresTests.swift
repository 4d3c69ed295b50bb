import Monitoring
import TestSupport
import Testing
import Uploads

@Suite struct QueueFiguresTests {
    @Test func thereAreZerosWithoutAJob() async throws {
        try await TestNode.alone { node in
            let figures = try await JobReader(pool: node.pool).queue()
            #expect(Set(figures.counts.keys) == Set(JobState.allCases))
            #expect(figures.counts.values.allSatisfy { $0 == 0 } && figures.oldestAge == nil)
            #expect(figures.workers == 0 && figures.lostWorkers == 0 && !figures.isPaused)
        }
    }

    @Test func aFinalizerThatFellSilentIsLostAndOneThatLeftIsNot() async throws {
        try await TestNode.alone { node in
            try await node.database.script(
                """
                INSERT INTO worker (id, role, host, version, last_seen) VALUES
                    ('a', 'finalizer', 'h', '1', now()), ('b', 'finalizer', 'h', '1', now() - interval '31 seconds'),
                    ('c', 'finalizer', 'h', '1', now()), ('f', 'front', 'h', '1', now() - interval '31 seconds');
                DELETE FROM worker WHERE id = 'c';
                """)
            let figures = try await JobReader(pool: node.pool).queue()
            #expect(figures.workers == 1 && figures.lostWorkers == 1)
        }
    }

    @Test func theOldestIsOneThatIsNotFinished() async throws {
        try await TestNode.alone { node in
            for state in ["queued", "queued", "retrying", "dead", "done"] {
                let (upload, claim) = try await node.uploads.createClaimed(.sample())
                let name = ItemReservation(stem: "\(upload.id)", suffix: "")
                _ = try await node.uploads.complete(claim, offset: 10, as: name)
                let isFinished = ["dead", "done"].contains(state)
                try await node.database.script(
                    """
                    UPDATE job SET state = '\(state)', finished_at = \(isFinished ? "now()" : "NULL"),
                        queued_at = now() - interval '\(isFinished ? 500 : state == "retrying" ? 100 : 10) seconds'
                    WHERE upload_id = '\(upload.id)'
                    """)
            }
            let figures = try await JobReader(pool: node.pool).queue()
            let states: [JobState] = [.queued, .retrying, .dead, .done, .running]
            #expect(states.map { figures.counts[$0] } == [2, 1, 1, 1, 0])
            #expect((100..<400).contains(try #require(figures.oldestAge)))
        }
    }
}
