import Chunks
import Finalizer
import Postgres
import Synchronization
import UploadProtocol
import Uploads

extension VolumeCheck {
    /// One batch of uploads whose bytes must be there.
    func checkUploads(_ state: inout CheckState) async throws {
        guard let after = state.after ?? Self.first else { return }
        let uploads = try await pool.query(ExpectedUploads(after: after, limit: Self.batch))
        try await each(uploads) { [identity = state.identity] in try await self.check($0, identity) }
        state.after = uploads.last?.id
        if uploads.count < Self.batch { state.begin(.blobs) }
    }

    private func check(_ upload: ExpectedUpload, _ identity: String) async throws {
        var (upload, problem) = (upload, try await problem(of: upload))
        // A row that changes is one in use; its files are judged by the new one.
        for _ in 0..<Self.mostLooks where problem != nil {
            guard let again = try await pool.first(ExpectedAgain(id: upload.id)) else { return count() }
            if again == upload { break }
            upload = again
            problem = try await self.problem(of: again)
        }
        count()
        guard var problem else { return }
        problem.subject = try await pool.first(SubjectOfUpload(id: upload.id)).map { "upload \(upload.id), \($0)" }
        try await report(problem, identity: identity)
    }

    private func count() { counts.withLock { $0.uploads += 1 } }

    /// After so many readings, each unlike the last, what is still wrong is no matter of a moment.
    private static let mostLooks = 20

    /// What is wrong with the files, as they are now, for this row; nil: nothing.
    private func problem(of upload: ExpectedUpload) async throws -> Finding? {
        try await files.run { [self] in
            for piece in upload.chunks.pieces {
                guard let problem = problem(of: upload, piece.fence, committed: piece.length) else { continue }
                // First the chunks, then what becomes of them: it can only have moved in this direction.
                return upload.mayStandAsBlob && standsAsBlob(upload) ? nil : problem
            }
            return nil
        }
    }

    private func problem(of upload: ExpectedUpload, _ fence: Int64, committed: Int64) -> Finding? {
        let id = "\(upload.id)"
        let file = VolumeEntry.Kind.chunk(id: id, fence: fence)
        let path = (try? volume.path(of: file)) ?? id
        do {
            guard let size = try volume.look(at: file)?.size else {
                return Finding(
                    kind: .chunkMissing, path: path,
                    message: "the file is not there, but \(committed) of its bytes are acknowledged",
                    remedy: Finding.remedy(.chunkMissing, id: id))
            }
            if size > committed { counts.withLock { $0.tails += 1 } }
            guard size < committed else { return nil }
            return Finding(
                kind: .chunkShort, path: path,
                message: "the file has \(size) bytes, but \(committed) of it are acknowledged",
                remedy: Finding.remedy(.chunkShort, id: id))
        } catch {
            return Finding(
                kind: .unreadable, path: path, message: "\(error)", remedy: Finding.remedy(.unreadable))
        }
    }

    /// The finished file is there already; only its row is not.
    private func standsAsBlob(_ upload: ExpectedUpload) -> Bool {
        (try? volume.look(at: .blob(id: "\(upload.id)")))?.size == upload.chunks.end
    }
}
