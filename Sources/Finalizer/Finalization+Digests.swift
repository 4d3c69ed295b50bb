import Chunks
import Digests
import Postgres
import UploadProtocol
import Uploads

/// Holding an upload against the digests that its client gave for the whole (Repr-Digest), and making those that it
/// wants to be told (Want-Repr-Digest).
///
/// It is done before anything is assembled, and what the bytes hash to is kept in the row first. So a finished file is
/// always one that agreed, and an attempt that finds one, or a part of one, has nothing to check.
extension Finalization {
    /// Throws `.permanent` if they differ: the same bytes will not agree the next time.
    func checkDigests(of upload: Upload, _ pieces: [ChunkPiece]) async throws {
        let asked = upload.expected.all.map(\.algorithm) + upload.wanted
        let unknown = upload.known.missing(of: ContentDigests.algorithms.filter(asked.contains))
        let known = upload.known.adding(unknown.isEmpty ? ContentDigests() : try await hash(pieces, by: unknown))
        if let (expected, actual) = upload.expected.difference(from: known) {
            throw JobFailure.permanent(
                kind: "digest-mismatch",
                message: "the bytes that arrived are not those that Repr-Digest announced: they have "
                    + "\(ContentDigests([actual]).fieldValue) instead of \(ContentDigests([expected]).fieldValue)")
        }
        if known != upload.known {
            guard try await parts.pool.execute(KeepDigests(job: job, known: known)) == 1 else { throw JobFailure.lost }
        }
    }

    /// Holds each part of a final upload against the digests that were given for it.
    func checkDigestsOfParts(of final: Upload) async throws {
        var checked: Set<UploadID> = []
        for part in try await parts.uploads.parts(of: final.id) where checked.insert(part.id).inserted {
            let unknown = part.expected.algorithms(missingFrom: part.known)
            let known = part.known.adding(
                unknown.isEmpty ? ContentDigests() : try await hash(pieces(ofPart: part), by: unknown))
            guard let (expected, actual) = part.expected.difference(from: known) else { continue }
            throw JobFailure.permanent(
                kind: "digest-mismatch",
                message: "the bytes of part \(part.id) are not those that its Repr-Digest announced: they have "
                    + "\(ContentDigests([actual]).fieldValue) instead of \(ContentDigests([expected]).fieldValue)")
        }
    }

    /// Reads all bytes, step by step, as assembling copies them.
    private func hash(_ pieces: [ChunkPiece], by algorithms: [DigestAlgorithm]) async throws -> ContentDigests {
        let running = RunningDigests(algorithms)
        var done: Int64 = 0
        let step = parts.bandwidth.step(atMost: ChunkVolume.stepLength)
        while done < pieces.totalLength {
            report(bytesDone: done)
            try Task.checkCancellation()
            try await heartbeat()
            try await parts.bandwidth.pass(min(step, pieces.totalLength - done))
            let from = done
            done = try await parts.files.run { [volume = parts.volume, blob] in
                try volume.readStep(
                    id: blob, pieces: pieces, from: from, atMost: step, running.update)
            }
        }
        report(bytesDone: done)
        return ContentDigests(running.digests())
    }
}
