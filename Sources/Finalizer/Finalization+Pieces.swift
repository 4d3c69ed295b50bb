import Chunks
import UploadProtocol
import Uploads

/// What a finished file is made of: an upload's own chunks, or those of a final upload's parts.
extension Finalization {
    /// The upload, all of whose bytes are there.
    ///
    /// A final that waits for parts has no job that is due, unless a person retried it.
    func readyUpload() async throws -> Upload {
        guard var upload = try await parts.uploads.find(job.upload) else { throw JobFailure.lost }
        guard upload.isFinal, upload.length == nil else { return upload }
        try await parts.uploads.settleFinal(upload.id)
        upload = try await parts.uploads.find(job.upload) ?? upload
        if upload.length != nil { return upload }
        if upload.state == .failed {
            throw JobFailure.permanent(kind: "PartGone", message: upload.reason ?? "a part is gone")
        }
        throw JobFailure.waiting(for: "parts", message: "not all parts are complete")
    }

    /// The runs of committed bytes in their order; of a final upload, those of each part as often as it stands there.
    /// The parts' files stay: other finals may need them.
    func pieces(of upload: Upload) async throws -> [ChunkPiece] {
        guard upload.isFinal else {
            return upload.chunks.pieces.map { ChunkPiece(fence: $0.fence, length: $0.length) }
        }
        let pieces = try await parts.uploads.parts(of: upload.id).flatMap(pieces(ofPart:))
        // The rows of parts are kept as long as a final needs them: this is a second lock on the door.
        guard pieces.totalLength == upload.length else {
            throw JobFailure.permanent(kind: "PartGone", message: "not all parts of the upload are there any more")
        }
        return pieces
    }

    func pieces(ofPart part: Upload) -> [ChunkPiece] {
        part.chunks.pieces.map { ChunkPiece(upload: "\(part.id)", fence: $0.fence, length: $0.length) }
    }
}
