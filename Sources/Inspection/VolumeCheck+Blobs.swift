import Chunks
import Digests
import Finalizer
import Postgres
import Synchronization
import UploadProtocol
import Uploads

extension VolumeCheck {
    /// A batch of finished files; as many as have some gigabytes together, so that a check that is broken off has
    /// little to do again.
    func checkBlobs(_ state: inout CheckState) async throws {
        guard let after = state.after ?? Self.first else { return }
        let rows = try await pool.query(KeptBlobs(after: after, limit: Self.batch))
        let blobs = settings.readsBytes ? Self.some(of: rows) : rows[...]
        try await each(Array(blobs)) { [identity = state.identity] in try await self.check($0, identity) }
        state.after = blobs.last?.id
        if blobs.count == rows.count, rows.count < Self.batch { state.begin(.files) }
    }

    private static let batchBytes: Int64 = 4 << 30

    private static func some(of rows: [KeptBlob]) -> ArraySlice<KeptBlob> {
        var bytes: Int64 = 0
        let end = rows.firstIndex { row in
            defer { bytes += row.length }
            return bytes > batchBytes
        }
        return rows[..<(end ?? rows.endIndex)]
    }

    private func check(_ blob: KeptBlob, _ identity: String) async throws {
        defer { count(blob) }
        var (blob, problem) = (blob, try await problem(of: blob))
        while problem != nil {
            guard let again = try await pool.first(KeptAgain(id: blob.id)) else { return }
            if again == blob { break }
            blob = again
            problem = try await self.problem(of: again)
        }
        guard var problem else { return }
        let items = try await pool.query(ItemsOfBlob(blob: blob.id))
        problem.subject = items.isEmpty ? "no item" : "item " + items.joined(separator: ", ")
        try await report(problem, identity: identity)
    }

    private func count(_ blob: KeptBlob) {
        counts.withLock { counts in
            counts.blobs += 1
            if blob.sha256 == nil, !blob.isDeleted { counts.withoutChecksum += 1 }
        }
    }

    private func problem(of blob: KeptBlob) async throws -> Finding? {
        let id = "\(blob.id)"
        let path = try volume.path(of: .blob(id: id))
        guard !blob.isDeleted else { return blob.hasItem ? try await doomed(id, path) : nil }
        do {
            let size = try await files.run { [volume] in try volume.look(at: .blob(id: id))?.size }
            guard let size else {
                return Finding(
                    kind: .blobMissing, path: path, message: "the file is not there; it has \(blob.length) bytes",
                    remedy: Finding.remedy(.blobMissing))
            }
            guard size == blob.length else {
                return Finding(
                    kind: .blobSize, path: path,
                    message: "the file has \(size) bytes, but its row says \(blob.length)",
                    remedy: Finding.remedy(.blobSize))
            }
            return settings.readsBytes ? try await problemOfBytes(blob, path) : nil
        } catch let error as ChunkError {
            return Finding(
                kind: .unreadable, path: path, message: "\(error)", remedy: Finding.remedy(.unreadable))
        }
    }

    private func doomed(_ id: String, _ path: String) async throws -> Finding {
        let isThere = try? await files.run { [volume] in try volume.look(at: .blob(id: id)) != nil }
        return Finding(
            kind: .blobDoomed, path: path,
            message: "an item has this file, but its row counts as deleted; "
                + (isThere == true ? "the file is still there" : "the file is gone"),
            remedy: Finding.remedy(.blobDoomed, id: id))
    }

    /// Also files without a checksum are read: what the storage cannot give back is found.
    private func problemOfBytes(_ blob: KeptBlob, _ path: String) async throws -> Finding? {
        let running = RunningDigests(blob.sha256 == nil ? [] : [.sha256])
        let reader = try await files.run { [volume] in try volume.openBlob(id: "\(blob.id)", length: blob.length) }
        let step = settings.bandwidth.step(atMost: ChunkVolume.stepLength)
        var done: Int64 = 0
        while done < blob.length {
            try Task.checkCancellation()
            try await settings.bandwidth.pass(min(step, blob.length - done))
            let from = done
            done = try await files.run { try reader.show(from: from, atMost: step, running.update) }
            counts.withLock { $0.bytes += done - from }
        }
        guard let expected = blob.sha256, let actual = running.digests().first?.bytes, actual != expected else {
            return nil
        }
        return Finding(
            kind: .blobChecksum, path: path,
            message: "the bytes hash to sha-256 \(Self.hex(actual)), but its row says \(Self.hex(expected))",
            remedy: Finding.remedy(.blobChecksum))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
