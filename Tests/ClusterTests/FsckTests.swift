import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// `tussock fsck`, as an operator runs it.
    @Suite struct Fsck {
        private func lines(_ output: String) throws -> [[String: Any]] {
            try output.split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }

        @Test func itTellsWhatIsWrongAndRepairsOrphans() async throws {
            try await withCluster { cluster in
                let answer = try await cluster.client().create(
                    in: "", length: 5, filename: "a.txt", body: Data("hello".utf8))
                #expect(answer.status == 201)
                let fine = try await cluster.command("fsck")
                #expect(fine.ending == .exited(0) && fine.output.contains("nothing is wrong"), "\(fine.log)")

                let orphan = "\(cluster.volume)/blobs/ab/ab\(String(repeating: "0", count: 30))"
                try Data("x".utf8).write(to: URL(fileURLWithPath: orphan))
                #expect(try await cluster.command("fsck").ending == .exited(0))
                let found = try await cluster.command("fsck", "--orphan-age", "0", "--json")
                let told = try lines(found.output)
                #expect(found.ending == .exited(1) && told.count == 2)
                #expect(told.first?["kind"] as? String == "orphan" && told.first?["path"] as? String == orphan)
                #expect((told.last?["summary"] as? [String: Any])?["wrong"] as? Int == 1)
                let mended = try await cluster.command("fsck", "--orphan-age", "0", "--repair")
                #expect(mended.ending == .exited(0) && mended.output.contains("1 orphans removed"))
                #expect(!FileManager.default.fileExists(atPath: orphan))

                let blob = try await cluster.sql("SELECT replace(id::text, '-', '') FROM blob")[0][0]
                try FileManager.default.removeItem(atPath: "\(cluster.volume)/blobs/\(blob.prefix(2))/\(blob)")
                let lost = try await cluster.command("fsck", "--resume", "\(cluster.folder.path)/state")
                #expect(lost.ending == .exited(1))
                #expect(lost.output.contains("blob-missing") && lost.output.contains("item /a.txt"))
                #expect(!FileManager.default.fileExists(atPath: "\(cluster.folder.path)/state"))
            }
        }

        @Test func wrongVolumesAndWrongFilesAreRefused() async throws {
            try await withCluster(fronts: 0, finalizers: 1) { cluster in
                let other = "\(cluster.folder.path)/other"
                try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
                let wrong = try await cluster.command("fsck", "--volume", other, "--json")
                #expect(wrong.ending == .exited(1))
                #expect(try lines(wrong.output).first?["kind"] as? String == "identity")

                let notes = "\(cluster.folder.path)/notes.txt"
                try Data("my notes".utf8).write(to: URL(fileURLWithPath: notes))
                let refused = try await cluster.command("fsck", "--resume", notes)
                #expect(refused.ending == .exited(78) && refused.log.contains("--resume"))
                #expect(FileManager.default.contents(atPath: notes) == Data("my notes".utf8))
                for arguments in [["--orphan-age", "-1"], ["--threads", "0"], ["--orphan-age", "day"]] {
                    #expect(try await cluster.command(["fsck"] + arguments).ending == .exited(64), "\(arguments)")
                }
                #expect(try await cluster.command("fsck", "--bandwidth", "much").ending == .exited(78))
            }
        }
    }
}
