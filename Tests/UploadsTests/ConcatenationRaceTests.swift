import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Uploads

/// Parts that end at the very moment at which finals are made of them: no final waits for nothing.
@Suite struct ConcatenationRaceTests {
    private static let rounds = 60

    @Test func completionsAndCreationsAtTheSameMomentLeaveNoFinalWaiting() async throws {
        try await TestNode.pair(poolSize: 8) { node, other in
            var random = SeededGenerator(state: 3)
            for _ in 0..<Self.rounds {
                let parts = try await Self.parts(3, on: node)
                let ids = parts.map(\.0.id)
                let finals = try await withThrowingTaskGroup(of: Upload?.self) { group in
                    for (index, part) in parts.enumerated() {
                        let writer = index % 2 == 0 ? node : other
                        group.addTask {
                            _ = try await writer.uploads.complete(part.1, offset: 1, as: ConcatenationTests.name)
                            return nil
                        }
                    }
                    for _ in 0..<3 {
                        // In any order, and repeated: the order in which they are locked is another.
                        let wanted = (ids + [ids[0]]).shuffled(using: &random)
                        group.addTask { try await other.final(of: wanted) }
                    }
                    return try await group.reduce(into: [Upload]()) { if let final = $1 { $0.append(final) } }
                }
                for final in finals { #expect(try await node.job(final) == "queued|false|-|4|-") }
            }
        }
    }

    @Test func terminationsAndCreationsAtTheSameMomentLeaveNoFinalWaiting() async throws {
        try await TestNode.pair(poolSize: 8) { node, other in
            for round in 0..<Self.rounds {
                let parts = try await Self.parts(2, on: node)
                for part in parts { _ = try await node.uploads.release(part.1, offset: 0) }
                let ids = parts.map(\.0.id)
                async let ended: Void = node.uploads.terminate(ids[round % 2]) { _ in }
                async let made: Upload? = Self.final(of: ids, on: other)
                try await ended
                // Either it was refused, or it failed.
                guard let final = try await made else { continue }
                #expect(try await node.job(final) == "dead|false|-|0|PartGone")
                #expect(try await node.uploads.find(final.id)?.state == .failed)
            }
        }
    }

    /// The end of the folder locks uploads in no order at all.
    @Test func theEndOfAPartAndOfItsFinalAtTheSameMomentAreBothDone() async throws {
        try await TestNode.pair(poolSize: 8) { node, other in
            for _ in 0..<Self.rounds {
                let parts = try await Self.parts(2, on: node)
                let final = try await node.final(of: parts.map(\.0.id))
                async let first = node.uploads.complete(parts[0].1, offset: 1, as: ConcatenationTests.name)
                async let second = other.uploads.complete(parts[1].1, offset: 1, as: ConcatenationTests.name)
                async let ended: Void = other.uploads.terminate(final.id) { _ in }
                _ = try await (first, second, ended)
                let row = try #require(try await node.uploads.find(final.id))
                let job = try await node.job(final)
                // Terminated while it waited, or its tombstone was removed when it did not any more.
                #expect(row.isRemoved)
                #expect(job == (row.state == .terminated ? "cancelled|false|-|0|obsolete" : "queued|false|-|2|-"))
            }
        }
    }

    @Test func aCompletionWhoseConnectionIsKilledAtAnyMomentWakesTheFinalOnce() async throws {
        try await TestNode.alone(poolSize: 4) { node in
            let isOver = Flag()
            async let killer: Void = {
                while !isOver.isUp {
                    _ = try await node.database.texts(
                        """
                        SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                        WHERE application_name = '\(node.id.channel)' AND state <> 'idle' AND random() < 0.2
                        UNION ALL SELECT pg_sleep(0.002)::text
                        """)
                }
            }()
            let result: Result<Void, any Error>
            do {
                for _ in 0..<Self.rounds { try await Self.completeUnderFire(node) }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            isOver.raise()
            try await killer
            try result.get()
        }
    }

    private static func completeUnderFire(_ node: TestNode) async throws {
        let parts = try await persistently { try await Self.parts(2, on: node) }
        let final = try await persistently { try await node.final(of: parts.map(\.0.id)) }
        for part in parts {
            let done = try await node.uploads.complete(part.1, offset: 1, as: ConcatenationTests.name)
            #expect(done.state == .complete)
        }
        #expect(try await node.database.value("SELECT state FROM upload WHERE id = '\(final.id)'") == "complete")
        #expect(try await node.job(final) == "queued|false|-|2|-")
    }

    /// Again and again while the database is away: for what is not repeated by the store itself.
    private static func persistently<Success>(_ body: () async throws -> Success) async throws -> Success {
        while true {
            do {
                return try await body()
            } catch let error as PostgresError where error.isUnavailable {
                continue
            }
        }
    }

    private static func parts(_ count: Int, on node: TestNode) async throws -> [(Upload, Claim)] {
        var parts: [(Upload, Claim)] = []
        for _ in 0..<count { parts.append(try await node.part(length: 1)) }
        return parts
    }

    /// nil if a part has ended already, which is what a front node refuses.
    private static func final(of parts: [UploadID], on node: TestNode) async throws -> Upload? {
        do {
            return try await node.final(of: parts) { found in
                if found.values.contains(where: { $0.state.isGone }) { throw UploadError.gone }
            }
        } catch UploadError.gone {
            return nil
        }
    }
}
