import Chunks
import Synchronization
import UploadProtocol

/// Keeps room on the volume: below the limit new bytes are refused before one is read.
final class FreeSpace: Sendable {
    /// How long a look at the volume counts.
    private static let memory: Duration = .seconds(1)

    private let volume: ChunkVolume
    private let files: BlockingExecutor
    private let minimum: Int64
    private let last = Mutex<(bytes: Int64, at: ContinuousClock.Instant)?>(nil)

    init(volume: ChunkVolume, files: BlockingExecutor, minimum: Int64) {
        self.volume = volume
        self.files = files
        self.minimum = minimum
    }

    /// Throws 507 when less than the minimum would be left, `ChunkError` when the volume does not answer.
    func check() async throws {
        guard minimum > 0 else { return }
        let free = try await freeBytes()
        guard free >= minimum else {
            throw TusError.insufficientStorage(
                "The volume has \(free) bytes free; uploads go on when it has \(minimum)")
        }
    }

    private func freeBytes() async throws -> Int64 {
        if let known = last.withLock({ $0 }), known.at.advanced(by: Self.memory) > .now { return known.bytes }
        let free = try await files.run { [volume] in try volume.freeBytes() }
        last.withLock { $0 = (free, .now) }
        return free
    }
}
