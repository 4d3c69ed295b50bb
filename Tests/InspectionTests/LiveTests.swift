import Chunks
import Dispatch
import Finalizer
import Foundation
import Synchronization
import TestSupport
import Testing
import UploadProtocol
@testable import Content
@testable import Inspection
@testable import Uploads

/// Beside servers at work there is no false finding.
@Suite(.timeLimit(.minutes(15))) struct LiveTests {
    @Test func uploadsThatGoOnBesideItGiveNoFinding() async throws {
        try await Bench.with { bench in
            let isOver = Flag()
            let traffic = Task {
                defer { isOver.raise() }
                try await withThrowingDiscardingTaskGroup { group in
                    for worker in 0..<3 { group.addTask { try await self.traffic(bench, worker) } }
                }
            }
            var checks = 0
            repeat {
                let (findings, state) = try await bench.check { $0.orphanSeconds = 0 }
                #expect(findings == [] && state.phase == .done)
                checks += 1
            } while !isOver.isUp
            try await traffic.value
            #expect(checks > 0)
            #expect(try await bench.check { $0.orphanSeconds = 0 }.findings == [])
        }
    }

    /// Uploads in several claims, made into items, some of which are deleted again with their files.
    private func traffic(_ bench: Bench, _ worker: Int) async throws {
        for round in 0..<12 {
            let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ round &+ worker) }
            let upload = try await bench.complete(bytes, pieces: round % 2 + 1)
            _ = try await bench.open([1, 2, 3], tail: round)
            try await bench.finalize()
            guard round % 3 == 0, let id = upload.item,
                let item = try await ContentStore(pool: bench.node.pool).find(id)
            else { continue }
            try await ContentStore(pool: bench.node.pool).delete(item)
            try await bench.database.script(
                "UPDATE blob SET deleted_at = now() - interval '61 seconds' WHERE id = '\(upload.id)'")
            _ = try await Sweeper(bench.parts()).runOnce(folders: [])
        }
    }

    /// The row was read, and before the file is looked at the upload is over and its file gone.
    @Test func anUploadThatEndsBetweenItsRowAndItsFileIsNoFinding() async throws {
        try await Bench.with { bench in
            let upload = try await bench.open([1, 2, 3])
            let (findings, _) = try await meanwhile(bench, at: ".1") {
                try await bench.node.uploads.terminate(upload.id) { _ in }
                _ = try await Sweeper(bench.parts()).runOnce(folders: [])
            }
            #expect(findings == [] && bench.volume.files().isEmpty)
        }
    }

    @Test func anUploadThatBecomesAnItemBetweenItsRowAndItsFileIsNoFinding() async throws {
        try await Bench.with { bench in
            _ = try await bench.complete([1, 2, 3])
            let (findings, state) = try await meanwhile(bench, at: ".1") { try await bench.finalize() }
            #expect(findings == [] && state.counts.blobs == 1)
        }
    }

    @Test func anItemThatIsDeletedBetweenItsRowAndItsFileIsNoFinding() async throws {
        try await Bench.with { bench in
            let upload = try await bench.published([1, 2, 3])
            let (findings, _) = try await meanwhile(bench, at: "\(upload.id)") {
                let id = try #require(upload.item)
                let item = try #require(try await ContentStore(pool: bench.node.pool).find(id))
                try await ContentStore(pool: bench.node.pool).delete(item)
                try await bench.database.script("UPDATE blob SET deleted_at = now() - interval '61 seconds'")
                _ = try await Sweeper(bench.parts()).runOnce(folders: [])
            }
            #expect(findings == [] && bench.volume.files().isEmpty)
        }
    }

    /// Checks, and does `change` when the first file whose path ends in `suffix` is about to be opened.
    private func meanwhile(
        _ bench: Bench, at suffix: String, _ change: @escaping @Sendable () async throws -> Void
    ) async throws -> (findings: [Finding], state: CheckState) {
        let isDone = Mutex(false)
        let go = DispatchSemaphore(value: 0)
        let reached = AsyncStream.makeStream(of: Void.self)
        var operations = FileOperations.live
        operations.open = { path, flags, mode throws(SystemFailure) in
            let isFirst =
                path.hasSuffix(suffix)
                && !isDone.withLock { done in
                    defer { done = true }
                    return done
                }
            if isFirst {
                reached.continuation.yield()
                go.wait()
            }
            return try FileOperations.live.open(path, flags, mode)
        }
        async let checked = bench.check(operations)
        for await _ in reached.stream { break }
        let result: Result<Void, any Error>
        do { result = .success(try await change()) } catch { result = .failure(error) }
        go.signal()
        let outcome = try await checked
        try result.get()
        return outcome
    }
}
