package import Chunks
import Foundation
import NIOCore

/// A volume in a folder of its own, in memory where the machine has a tmpfs; removed with the last reference.
package final class TemporaryVolume: Sendable {
    package static let identity = String(repeating: "5", count: 32)

    package let root: String
    package let volume: ChunkVolume

    package init() throws {
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        root = "\(parent)/tussock-volume-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        volume = ChunkVolume(root: root)
        _ = try volume.initialize(identity: Self.identity)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    /// The same volume through other system calls.
    package func with(_ operations: FileOperations) -> ChunkVolume {
        ChunkVolume(root: root, operations: operations)
    }

    /// Appends to a chunk of which `committed` bytes count.
    package func append(_ bytes: [UInt8], to id: String, fence: Int64, committed: Int64 = 0) throws {
        let writer = try volume.openChunk(id: id, fence: fence, committed: committed)
        try writer.write([ByteBuffer(bytes: bytes)])
        try writer.sync()
        writer.close()
    }

    package func bytes(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(root)/\(path)").map { Array($0) }
    }

    package func blob(_ id: String) -> [UInt8]? { bytes("blobs/\(id.prefix(2))/\(id)") }

    /// All files below `uploads` and `blobs`, without the two folders of their path.
    package func files() -> Set<String> {
        let names = ["uploads", "blobs"].flatMap { area in
            (FileManager.default.enumerator(atPath: "\(root)/\(area)")?.compactMap { $0 as? String } ?? [])
                .filter { $0.contains("/") }.map { "\(area)/\($0.dropFirst(3))" }
        }
        return Set(names)
    }
}
