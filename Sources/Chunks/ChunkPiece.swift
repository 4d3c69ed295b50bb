/// A run of committed bytes in one chunk file: the first `length` bytes of it, whatever lies behind them.
package struct ChunkPiece: Sendable, Equatable {
    /// The upload whose chunk it is; nil: the one that is being finished (another only in a concatenation).
    package var upload: String?
    package var fence: Int64
    /// Committed bytes.
    package var length: Int64

    package init(upload: String? = nil, fence: Int64, length: Int64) {
        self.upload = upload
        self.fence = fence
        self.length = length
    }
}

extension Collection where Element == ChunkPiece {
    /// The committed bytes of all pieces together.
    package var totalLength: Int64 { reduce(0) { $0 + $1.length } }
}
