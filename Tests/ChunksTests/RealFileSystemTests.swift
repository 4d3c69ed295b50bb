import Chunks
import Foundation
import Glibc
import NIOCore
import Testing

/// A file system of its own in a temporary folder, unmounted with the last reference.
final class MountedFileSystem: Sendable {
    let path: String

    init(kind: String, source: String, options: [String]) throws {
        path = try makeTemporaryFolder(below: NSTemporaryDirectory())
        try runTool("mount", ["-t", kind, "-o", options.joined(separator: ","), source, path])
    }

    deinit {
        try? runTool("umount", [path])
        rmdir(path)
    }

    /// Mounting needs CAP_SYS_ADMIN, which a container of CI often lacks.
    static let canMount: Bool = (try? MountedFileSystem(kind: "tmpfs", source: "tmpfs", options: ["size=1m"])) != nil
    static let mkfsXFS = ["/usr/sbin/mkfs.xfs", ProcessInfo.processInfo.environment["TUSSOCK_MKFS_XFS"] ?? ""]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}

private func runTool(_ tool: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw TestFailure(reason: "\(tool) \(arguments) ended with \(process.terminationStatus)")
    }
}

@Suite(.enabled(if: MountedFileSystem.canMount, "mounting a tmpfs needs CAP_SYS_ADMIN"))
struct RealFileSystemTests {
    let id = randomID()

    /// Room for the 514 folders and about 1 MiB of data.
    private func smallVolume() throws -> (MountedFileSystem, TestVolume) {
        let mounted = try MountedFileSystem(kind: "tmpfs", source: "tmpfs", options: ["size=1m", "nr_inodes=2000"])
        return (mounted, try TestVolume(below: mounted.path))
    }

    @Test func aFullVolumeKeepsWhatWasWritten() throws {
        let (mounted, test) = try smallVolume()
        defer { withExtendedLifetime(mounted) {} }
        let free = try test.volume.freeBytes()
        #expect(free > 0 && free <= 1 << 20)
        let bytes = pattern(2 << 20)
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        #expect(code { try writer.write([ByteBuffer(bytes: bytes)]) } == .noSpace)
        let written = try writer.sync()
        #expect(written > 0 && written < 1 << 20)
        #expect(test.chunkBytes(id, fence: 1)?.prefix(Int(written)) == bytes.prefix(Int(written)))
        #expect(code { try test.volume.probe() } == .noSpace)
        writer.close()
        try test.volume.promote(id: id, piece: ChunkPiece(fence: 1, length: written))
        #expect(test.blobBytes(id) == Array(bytes.prefix(Int(written))))
    }

    @Test func aCopyOntoAFullVolumeGoesOnWhenThereIsRoom() throws {
        let (mounted, test) = try smallVolume()
        defer { withExtendedLifetime(mounted) {} }
        let (ballast, bytes) = (randomID(), pattern(300_000))
        try test.chunk(ballast, fence: 1, pattern(300_000))
        let pieces = [
            try test.chunk(id, fence: 1, Array(bytes[..<200_000])),
            try test.chunk(id, fence: 2, Array(bytes[200_000...])),
        ]
        var done: Int64 = 0
        func assemble() throws {
            repeat {
                done = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: done, atMost: 65_536)
            } while done < pieces.totalLength
        }
        let other = try test.volume.openChunk(id: randomID(), fence: 1, committed: 0)
        #expect(code { try other.write([ByteBuffer(bytes: pattern(300_000))]) } == nil)
        #expect(code { try assemble() } == .noSpace)
        try test.volume.removeChunk(id: ballast, fence: 1)
        done = try test.volume.resumePoint(id: id, attempt: 1, bytesDone: done)
        try assemble()
        try test.volume.publishPart(id: id, attempt: 1, length: done)
        #expect(test.blobBytes(id) == bytes)
    }

    @Test func aReadOnlyVolumeSaysSo() throws {
        let (mounted, test) = try smallVolume()
        try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, pattern(10)))
        try runTool("mount", ["-o", "remount,ro", mounted.path])
        defer { try? runTool("mount", ["-o", "remount,rw", mounted.path]) }
        #expect(code { try test.volume.probe() } == .readOnly)
        #expect(code { _ = try test.volume.openChunk(id: randomID(), fence: 1, committed: 0) } == .readOnly)
        #expect(code { try test.volume.removeBlob(id: id) } == .readOnly)
        #expect(try test.volume.openBlob(id: id, length: 10).read(at: 0, count: 10).readableBytes == 10)
        #expect(try test.volume.checkIdentity(expected: TestVolume.identity) == TestVolume.identity)
    }

    @Test(.enabled(if: MountedFileSystem.mkfsXFS != nil, "XFS needs mkfs.xfs (package xfsprogs)"))
    func blocksAreSharedWhereTheFileSystemCan() throws {
        let image = try makeTemporaryFolder(below: NSTemporaryDirectory())
        defer { try? FileManager.default.removeItem(atPath: image) }
        _ = FileManager.default.createFile(atPath: image + "/disk", contents: nil)
        #expect(truncate(image + "/disk", 320 << 20) == 0)
        try runTool(MountedFileSystem.mkfsXFS ?? "", ["-q", "-m", "reflink=1", image + "/disk"])
        let mounted = try MountedFileSystem(kind: "xfs", source: image + "/disk", options: ["loop"])
        let test = try TestVolume(below: mounted.path)
        let (left, right) = (pattern(8 << 20), pattern((8 << 20) + 77, seed: 3))
        let pieces = [try test.chunk(id, fence: 1, left), try test.chunk(id, fence: 2, right)]
        let before = try test.volume.freeBytes()
        var operations = FileOperations.live
        operations.cloneRange = { range, target, offset throws(SystemFailure) in
            // No fallback: a clone that fails here fails the test.
            do { try FileOperations.live.cloneRange(range, target, offset) } catch { throw SystemFailure(errno: EIO) }
        }
        try test.with(operations).assemble(id: id, attempt: 1, pieces: pieces, from: 0) { _ in }
        try test.volume.publishPart(id: id, attempt: 1, length: pieces.totalLength)
        #expect(before - (try test.volume.freeBytes()) < 1 << 20)
        #expect(test.blobBytes(id) == left + right)
    }
}
