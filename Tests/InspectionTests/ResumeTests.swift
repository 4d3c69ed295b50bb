import Foundation
import Synchronization
import TestSupport
import Testing
import UploadProtocol
@testable import Inspection
@testable import Uploads

/// A check that is broken off goes on where it was.
@Suite struct ResumeTests {
    struct BrokenOff: Error {}

    @Test func brokenOffAfterEachBatchItFindsAllAndCountsAllOnce() async throws {
        try await Bench.with { bench in
            // More than two batches of blobs, whose files are all missing but for one.
            try await bench.database.script(
                "INSERT INTO blob (id, length) SELECT md5(n::text)::uuid, 1 FROM generate_series(1, 1100) AS n")
            let upload = try await bench.open([1, 2, 3])
            try bench.remove(bench.chunk(upload))
            let whole = try await bench.check()
            #expect(whole.findings.count == 1101)

            var (state, paths, runs) = (CheckState(identity: TemporaryVolume.identity, readsBytes: true), [String](), 0)
            while state.phase != .done {
                // Every run is killed after its first batch: as after a crash, only what was kept is known.
                let kept = Mutex(state)
                let found = Findings()
                let check = VolumeCheck(
                    pool: bench.node.pool, volume: bench.volume.volume, files: bench.files,
                    settings: VolumeCheck.Settings(), found: found.add
                ) { state in
                    kept.withLock { $0 = state }
                    if state.phase != .files { throw BrokenOff() }
                }
                if let end = try? await check.run(from: state) { kept.withLock { $0 = end } }
                state = kept.withLock { $0 }
                paths += found.all.map(\.path)
                runs += 1
            }
            #expect(runs == 4)
            #expect(paths.sorted() == whole.findings.map(\.path))
            var counts = state.counts
            #expect(counts.wrong == 1101 && counts.blobs == 1100 && counts.uploads == 1)
            counts.bytes = whole.state.counts.bytes
            #expect(counts == whole.state.counts)
        }
    }

    @Test func theStateSurvivesItsFile() throws {
        var state = CheckState(identity: TemporaryVolume.identity, readsBytes: false)
        state.begin(.blobs)
        state.after = UploadID.random()
        state.counts.findings = ["orphan": 3]
        let data = try JSONEncoder().encode(state)
        #expect(try JSONDecoder().decode(CheckState.self, from: data) == state)
    }
}
