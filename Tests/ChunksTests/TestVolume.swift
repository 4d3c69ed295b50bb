import Chunks
import Foundation
import Glibc
import NIOCore
import Synchronization

/// A volume in a folder of its own, removed with the last reference.
final class TestVolume: Sendable {
    static let identity = String(repeating: "5", count: 32)

    /// A tmpfs where there is one: the 514 folders of a volume take a tenth of a second on a disk.
    static let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : disk
    static let disk = NSTemporaryDirectory()

    let root: String
    let volume: ChunkVolume

    init(initialized: Bool = true, below parent: String = TestVolume.memory, durability: Durability = .fsync)
        throws
    {
        root = try makeTemporaryFolder(below: parent)
        volume = ChunkVolume(root: root, durability: durability)
        if initialized { _ = try volume.initialize(identity: Self.identity) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func with(_ operations: FileOperations) -> ChunkVolume {
        ChunkVolume(root: root, durability: volume.durability, operations: operations)
    }

    /// A chunk that its writer released cleanly.
    @discardableResult
    func chunk(_ id: String, fence: Int64, _ bytes: [UInt8]) throws -> ChunkPiece {
        let writer = try volume.openChunk(id: id, fence: fence, committed: 0)
        try writer.write([ByteBuffer(bytes: bytes)])
        try writer.sync()
        return ChunkPiece(fence: fence, length: Int64(bytes.count))
    }

    func bytes(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(root)/\(path)").map { Array($0) }
    }

    func chunkBytes(_ id: String, fence: Int64) -> [UInt8]? { bytes("uploads/\(id.prefix(2))/\(id).\(fence)") }
    func blobBytes(_ id: String) -> [UInt8]? { bytes("blobs/\(id.prefix(2))/\(id)") }
    func partBytes(_ id: String, attempt: Int64) -> [UInt8]? {
        bytes("blobs/\(id.prefix(2))/\(id).\(attempt).part")
    }

    func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted()
    }

    func put(_ text: String, at path: String) {
        _ = FileManager.default.createFile(atPath: "\(root)/\(path)", contents: Data(text.utf8))
    }
}

struct TestFailure: Error {
    let reason: String
}

func makeTemporaryFolder(below parent: String) throws -> String {
    var template = Array("\(parent)/tussock-chunks-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure(reason: "mkdtemp: errno \(errno)") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func randomID() -> String {
    var id = ""
    for _ in 0..<32 { id.append(String(Int.random(in: 0..<16), radix: 16)) }
    return id
}

/// Bytes in which a shift, a swap and a repetition are all seen.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8) &+ seed &* 101) }
}

/// The code of the `ChunkError` that `body` throws, or nil.
func code(_ body: () throws -> Void) -> ChunkError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? ChunkError)?.code
    }
}

/// What happened, in its order, from any thread.
final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}

final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    /// The number after adding one.
    @discardableResult
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
