import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Finalizers that die, and none at all.
    @Suite struct EndOfAFinalizer {
        /// A complete upload in two chunk files, since it was taken by force from its first writer.
        private func assembledUpload(_ cluster: Cluster, _ bytes: Data) async throws -> Answer {
            let client = cluster.client()
            let upload = try await client.newUpload(in: "", length: Int64(bytes.count), filename: "big.bin")
            let connection = try await client.beginPatch(upload, at: 0, count: Int64(bytes.count))
            try await connection.send(bytes.prefix(1 << 20))
            try await eventually("a checkpoint") { try await cluster.row(upload, "\"offset\"") != "0" }
            try await cluster.restart(front: 0)
            let offset = try await client.offset(upload)
            let last = try await client.patch(upload, bytes.dropFirst(Int(offset)), at: offset)
            #expect(cluster.chunkFiles(upload).count == 2)
            return last
        }

        /// Makes every statement that reports a progress in `phase` wait for the advisory lock 7, which the returned
        /// process holds until it ends.
        private func halt(_ cluster: Cluster, at phase: String) async throws -> SpawnedProcess {
            try await cluster.sql(
                """
                CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    PERFORM pg_advisory_xact_lock_shared(7); RETURN NEW; END $$;
                CREATE TRIGGER halt BEFORE UPDATE ON job FOR EACH ROW
                    WHEN (\(phase)) EXECUTE FUNCTION halt();
                """)
            let holder = try cluster.folder.spawn(
                "halt", "/usr/bin/env",
                [
                    "psql", "-X", "-q", "-A", "-t", "-c", "SELECT pg_advisory_lock(7)", "-c", "SELECT pg_sleep(600)",
                    cluster.database,
                ])
            try await eventually("the lock") {
                try await cluster.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7")
                    == "1"
            }
            return holder
        }

        private func waitForHalt(_ cluster: Cluster) async throws {
            try await eventually("the halt") {
                try await cluster.value(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted") == "1"
            }
        }

        private func goOn(_ cluster: Cluster, _ holder: SpawnedProcess) async throws {
            await holder.stop()
            // The server does not notice that its client is gone while it sleeps.
            try await cluster.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'")
        }

        /// A step of the assembly is 64 MiB, and progress is reported between steps.
        @Test(arguments: [
            ("NEW.phase = 'assemble' AND NEW.bytes_done = 0", 4), ("NEW.phase = 'assemble' AND NEW.bytes_done > 0", 66),
            ("NEW.state = 'done'", 4),
        ])
        func anotherFinalizerFinishesWhatAKilledOneBegan(moment: String, mebibytes: Int) async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let bytes = TestBytes.make(mebibytes << 20)
                let last = try await assembledUpload(cluster, bytes)
                #expect(last["Upload-Finalization"] == "pending")
                let holder = try await halt(cluster, at: moment)
                try await cluster.startFinalizer()
                try await waitForHalt(cluster)
                try await cluster.kill(finalizer: 0)
                // The statement of the dead one has not been committed, or is just now: either may happen.
                try await goOn(cluster, holder)
                try await cluster.sql("DROP TRIGGER halt ON job")
                try await cluster.startFinalizer()
                // Its lease lasts 30 s; the test shortens it by hand.
                try await cluster.sql("UPDATE job SET lease_until = now() WHERE state = 'running'")
                try await eventually("the item") {
                    try await cluster.client().request("GET", "/big.bin").status == 200
                }
                #expect(try await cluster.client().download("/big.bin") == bytes)
                #expect(try await cluster.listed("/") == 1)
                #expect(try await cluster.value("SELECT state FROM job") == "done")
            }
        }

        @Test func aStoppedFinalizerGivesItsJobBackAtOnce() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let bytes = TestBytes.make(66 << 20)
                _ = try await assembledUpload(cluster, bytes)
                let holder = try await halt(cluster, at: "NEW.phase = 'assemble' AND NEW.bytes_done > 0")
                try await cluster.startFinalizer()
                try await waitForHalt(cluster)
                try await cluster.kill(finalizer: 0, SIGTERM)
                try await goOn(cluster, holder)
                #expect(try await cluster.finalizer(0).end() == .exited(0))
                // Nobody need wait for the end of its lease.
                #expect(try await cluster.value("SELECT state FROM job") != "running")
                try await cluster.sql("DROP TRIGGER halt ON job")
                try await cluster.startFinalizer()
                try await eventually("the item") {
                    try await cluster.client().request("GET", "/big.bin").status == 200
                }
                #expect(try await cluster.client().download("/big.bin") == bytes)
            }
        }

        @Test func withoutAFinalizerTheLastPatchAnswersAndTheItemComesLater() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "1"]) { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 3, filename: "a.txt")
                let last = try await client.patch(upload, Data("abc".utf8), at: 0)
                #expect((last.status, last.offset, last.location) == (204, 3, "/a.txt"))
                #expect(last["Upload-Finalization"] == "pending")
                let waiting = try await client.request("GET", "/a.txt")
                #expect(waiting.status == 202)
                #expect((waiting.json["job"] as? [String: Any])?["state"] as? String == "queued")
                #expect(try await client.request("GET", "/a.txt/@@download/file").status != 200)
                #expect(try await cluster.listed("/") == 0)
                let head = try await client.head(upload)
                #expect((head.status, head.offset, head.location) == (200, 3, "/a.txt"))
                try await cluster.startFinalizer()
                try await eventually("the item") { try await client.request("GET", "/a.txt").status == 200 }
                #expect(try await cluster.listed("/") == 1)
                #expect(try await client.download("/a.txt") == Data("abc".utf8))
                let again = try await client.patch(upload, Data(), at: 3)
                #expect((again.status, again.location, again["Upload-Finalization"]) == (204, "/a.txt", nil))
            }
        }
    }
}
