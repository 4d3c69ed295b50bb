package import Digests
package import UploadProtocol

/// The right to write one upload, held by one node from `claim` to `release`.
///
/// **The fence.** Every claim raises the upload's fence by one, and every statement of a writer says
/// `WHERE fence = mine`. A writer that was stopped, cut off or simply late finds no row and stops: it has lost the
/// claim. It cannot spoil a byte either: whoever took the claim by force writes to a new file.
///
/// **The lease.** The database's clock says until when a silent holder keeps its claim. `trustedUntil` is this node's
/// own, earlier idea of it, counted from before the statement was sent: past it the holder stops by itself.
///
/// **The hand-over.** Nobody waits for a lease. A newer request asks the holder to stop (`Handover`), and takes the
/// claim by force when no answer comes within `Handover.patience`.
///
/// **The turn.** A request that has to wait takes a turn. Only the latest turn gets the claim, so a request whose
/// client has long gone never comes between a HEAD and the PATCH that follows it.
package struct Claim: Sendable {
    package var upload: UploadID
    package var fence: Int64
    /// Bytes that counted when the claim was made.
    package var offset: Int64
    /// Bytes in all; nil while it is deferred.
    package var length: Int64?
    package var owner: String
    package var filename: String
    package var dialect: Dialect
    /// A part of a later upload: its last byte makes no item.
    package var isPartial: Bool
    /// The file to write to: a new one if its committed length is 0.
    package var chunk: Chunk
    package var trustedUntil: ContinuousClock.Instant
    /// What the client said at the upload's creation that the whole must hash to.
    package var expected: ContentDigests
    /// By which algorithms else the client wants the whole to be hashed.
    package var wanted: [DigestAlgorithm]

    /// A chunk file, named by the fence of the claim that opened it.
    package struct Chunk: Sendable, Equatable {
        package var fence: Int64
        /// Where in the upload the file begins, bytes.
        package var start: Int64
    }

    init(_ upload: Upload, trustedUntil: ContinuousClock.Instant) {
        self.upload = upload.id
        fence = upload.fence
        offset = upload.offset
        length = upload.length
        owner = upload.owner
        filename = upload.filename
        dialect = upload.dialect
        isPartial = upload.isPartial
        chunk = Chunk(
            fence: upload.chunks.fences.last ?? upload.fence, start: upload.chunks.starts.last ?? upload.offset)
        self.trustedUntil = trustedUntil
        expected = upload.expected
        wanted = upload.wanted
    }
}
