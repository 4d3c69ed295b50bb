import Chunks
import Content
import Digests
import Finalizer
import Foundation
import Postgres
import Synchronization
import TestSupport
import UploadProtocol
@testable import Inspection
@testable import Uploads

/// A database and a volume with uploads in every state, and checks of them.
struct Bench: Sendable {
    let node: TestNode
    let volume: TemporaryVolume
    let files: BlockingExecutor

    var database: MigratedDatabase { node.database }

    static func with<R: Sendable>(_ body: (Bench) async throws -> R) async throws -> R {
        try await TestNode.withVolume { try await body(Bench(node: $0, volume: $1, files: $2)) }
    }

    /// The findings of a check, in the order of their paths, and its last state.
    func check(
        _ operations: FileOperations = .live, from start: CheckState? = nil,
        _ change: (inout VolumeCheck.Settings) -> Void = { _ in },
        reached: @escaping @Sendable (CheckState) async throws -> Void = { _ in }
    ) async throws -> (findings: [Finding], state: CheckState) {
        var settings = VolumeCheck.Settings()
        change(&settings)
        let found = Findings()
        let check = VolumeCheck(
            pool: node.pool, volume: volume.with(operations), files: files, settings: settings,
            found: found.add, reached: reached)
        let state = try await check.run(
            from: start ?? CheckState(identity: TemporaryVolume.identity, readsBytes: settings.readsBytes))
        return (found.all.sorted { $0.path < $1.path }, state)
    }

    // MARK: What there is

    /// An open upload of which these bytes are acknowledged; `tail` bytes more are in its file.
    func open(_ bytes: [UInt8], tail: Int = 0, length: Int64 = 1000) async throws -> Upload {
        let (upload, claim) = try await node.uploads.createClaimed(.sample(length: length))
        try volume.append(bytes + [UInt8](repeating: 0xEE, count: tail), to: "\(upload.id)", fence: 1)
        return try await node.uploads.release(claim, offset: Int64(bytes.count))
    }

    /// All bytes are there, and a job is queued. With `pieces` 2 they stand in two files.
    func complete(_ bytes: [UInt8], pieces: Int = 1) async throws -> Upload {
        let impatient = UploadStore(
            pool: node.pool, handover: node.handover, leaseSeconds: 0, logger: MigratedDatabase.silence)
        var new = NewUpload.sample(length: Int64(bytes.count))
        new.expected = ContentDigests([Digest.of(bytes, by: .sha256)].compactMap(\.self))
        var claim = try await impatient.createClaimed(new).1
        var first = 0
        if pieces == 2 {
            first = bytes.count / 2
            try volume.append(Array(bytes[..<first]), to: "\(new.id)", fence: claim.chunk.fence)
            claim.trustedUntil = .now + .seconds(60)
            _ = try await impatient.checkpoint(claim, offset: Int64(first))
            claim = try await impatient.claim(new.id, in: new.folder, owner: nil, at: Int64(first))
        }
        try volume.append(Array(bytes[first...]), to: "\(new.id)", fence: claim.chunk.fence)
        let name = ItemName(filename: new.filename)
        return try await impatient.complete(
            claim, offset: Int64(bytes.count), as: ItemReservation(stem: name.stem, suffix: name.suffix))
    }

    func published(_ bytes: [UInt8], pieces: Int = 1) async throws -> Upload {
        let upload = try await complete(bytes, pieces: pieces)
        try await finalize()
        return upload
    }

    /// Runs all jobs that are due.
    func finalize() async throws {
        while await Worker(parts()).runOnce() > 0 {}
    }

    func parts() -> FinalizerParts {
        FinalizerParts(
            node: .ofThisProcess(), pool: node.pool, listener: node.listener, uploads: node.uploads,
            volume: volume.volume, identity: TemporaryVolume.identity, files: files, settings: FinalizerSettings(),
            logger: node.log.logger)
    }

    // MARK: What goes wrong

    func path(_ upload: Upload) -> String { "\(volume.root)/blobs/\("\(upload.id)".prefix(2))/\(upload.id)" }

    func chunk(_ upload: Upload, fence: Int64 = 1) -> String {
        "\(volume.root)/uploads/\("\(upload.id)".prefix(2))/\(upload.id).\(fence)"
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

    func age(_ path: String, seconds: TimeInterval = 25 * 3600) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }
}

/// What was found so far.
final class Findings: Sendable {
    private let list = Mutex<[Finding]>([])

    var all: [Finding] { list.withLock { $0 } }

    @Sendable func add(_ finding: Finding) { list.withLock { $0.append(finding) } }
}

extension [Finding] {
    var kinds: [Finding.Kind] { map(\.kind) }
}
