package import Chunks
package import Foundation
package import Postgres
package import UploadProtocol
package import Uploads

/// What one front node has of the database: its own pool, listener, hand-over and store.
package struct TestNode: Sendable {
    package let database: MigratedDatabase
    package let pool: PostgresPool
    package let listener: PostgresListener
    package let handover: Handover
    package let uploads: UploadStore
    package let log = TestLog()

    /// - Parameter patience: that of the hand-over. Long, where a holder answers and a busy machine must not matter.
    package init(
        _ database: MigratedDatabase, leaseSeconds: Int = 30, poolSize: Int = 4,
        patience: Duration = Handover.patience
    ) {
        self.database = database
        let id = NodeID.ofThisProcess()
        pool = database.anotherPool(size: poolSize, name: id.channel)
        listener = PostgresListener(
            PostgresConfiguration(conninfo: database.conninfo, poolSize: 1), logger: MigratedDatabase.silence)
        handover = Handover(node: id, pool: pool, listener: listener, patience: patience, logger: log.logger)
        uploads = UploadStore(pool: pool, handover: handover, leaseSeconds: leaseSeconds, logger: log.logger)
    }

    package var id: NodeID { handover.node }

    /// One node that hears nobody: for all that takes no second one.
    package static func alone<R: Sendable>(
        leaseSeconds: Int = 30, poolSize: Int = 4, patience: Duration = Handover.patience,
        _ body: (TestNode) async throws -> R
    ) async throws -> R {
        try await MigratedDatabase.with { database in
            let node = TestNode(database, leaseSeconds: leaseSeconds, poolSize: poolSize, patience: patience)
            return try await node.closing { try await body(node) }
        }
    }

    /// One node that hears nobody, with a volume and threads for file calls.
    package static func withVolume<R: Sendable>(
        _ body: (TestNode, TemporaryVolume, BlockingExecutor) async throws -> R
    ) async throws -> R {
        try await alone(poolSize: 8) { node in
            let files = BlockingExecutor(threads: 4, name: "test-files")
            let result: Result<R, any Error>
            do {
                result = .success(try await body(node, try TemporaryVolume(), files))
            } catch {
                result = .failure(error)
            }
            await files.shutdown()
            return try result.get()
        }
    }

    /// Two nodes on one database that hear each other.
    package static func pair<R: Sendable>(
        poolSize: Int = 4, patience: Duration = Handover.patience,
        _ body: @Sendable (TestNode, TestNode) async throws -> R
    ) async throws -> R {
        try await MigratedDatabase.with(poolSize: 2) { database in
            let one = TestNode(database, poolSize: poolSize, patience: patience)
            let other = TestNode(database, poolSize: poolSize, patience: patience)
            return try await one.closing {
                try await other.closing {
                    try await one.hearing { try await other.hearing { try await body(one, other) } }
                }
            }
        }
    }

    /// Runs the listener and the hand-over beside `body`, which begins when this node hears the others.
    package func hearing<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        let services = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { try? await listener.run() }
                group.addTask { try? await handover.run() }
            }
        }
        defer { services.cancel() }
        try await waitUntilHearing()
        return try await body()
    }

    private func waitUntilHearing() async throws {
        let heard = Flag()
        let id = UploadID.random()
        _ = handover.writers.add(id, fence: 0) { _ in heard.raise() }
        try await eventually("a node hears the others") {
            try await tell("release \(id) 0 somebody")
            return heard.isUp
        }
        _ = handover.writers.remove(id, fence: 0)
    }

    /// Sends this node a message as another node would.
    package func tell(_ message: String) async throws {
        try await pool.withConnection { try await $0.notify(channel: handover.node.channel, payload: message) }
    }

    private func closing<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        do {
            let value = try await body()
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }
}

extension UploadStore {
    /// A claim by a request that comes just now.
    package func claim(_ id: UploadID, in folder: UUID, owner: String?, at offset: Int64) async throws -> Claim {
        try await arriving(at: id) { try await claim(id, in: folder, owner: owner, at: offset, for: $0) }
    }

    /// A look by a request that comes just now.
    package func settled(_ id: UploadID, check: (Upload) throws -> Void) async throws -> Upload {
        try await arriving(at: id) { try await settled(id, for: $0, check: check) }
    }

    /// An end by a request that comes just now.
    package func terminate(_ id: UploadID, check: (Upload) throws -> Void) async throws {
        try await arriving(at: id) { try await terminate(id, for: $0, check: check) }
    }

    private func arriving<R>(at id: UploadID, _ body: (Arrivals.Arrival) async throws -> R) async throws -> R {
        let arrival = handover.arrivals.arrive(at: id)
        defer { handover.arrivals.leave(arrival) }
        return try await body(arrival)
    }
}

extension NewUpload {
    /// The root of the tree, where the samples go.
    package static let root = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    package static func sample(
        length: Int64? = 10, folder: UUID = root, replaces: Bool = false, owner: String = "ann",
        filename: String = "note.txt", kind: String = "File", expireSeconds: Int = 3600
    ) -> NewUpload {
        NewUpload(
            id: .random(), folder: folder, replaces: replaces, owner: owner, length: length,
            metadata: "filename bm90ZS50eHQ=", filename: filename,
            contentType: kind == "Image" ? "image/png" : "text/plain", kind: kind, expireSeconds: expireSeconds)
    }
}
