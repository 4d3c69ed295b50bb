import Foundation
import Glibc
import Postgres
import Synchronization
import TestSupport
import Testing
import UploadProtocol
import Uploads

/// A statement whose answer is lost has either happened or not, and the store finds out which.
@Suite struct LostAnswerTests {
    private static let name = ItemReservation(stem: "note", suffix: ".txt")

    /// How many more statements may be killed.
    private final class Kills: Sendable {
        private let state = Mutex((allowed: 0, done: 0))
        var allowed: Int { state.withLock { $0.allowed } }
        var done: Int { state.withLock { $0.done } }
        func allow(_ count: Int) { state.withLock { $0.allowed = count } }
        func count(_ kills: Int) { state.withLock { $0 = ($0.allowed - kills, $0.done + kills) } }
    }

    /// Kills backends of the node that are at work, while `body` runs and allows it; gives how many it killed.
    private static func killing(
        _ node: TestNode, while body: @Sendable (Kills) async throws -> Void
    ) async throws -> Int {
        let (kills, isOver) = (Kills(), Flag())
        async let killer: Void = {
            while !isOver.isUp {
                guard kills.allowed > 0 else {
                    await Task.yield()
                    continue
                }
                let killed = try await node.database.texts(
                    """
                    SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                    WHERE application_name = '\(node.id.channel)' AND state = 'active'
                    """)
                kills.count(killed.count)
            }
        }()
        let result: Result<Void, any Error>
        do { result = .success(try await body(kills)) } catch { result = .failure(error) }
        isOver.raise()
        try await killer
        try result.get()
        return kills.done
    }

    /// Whoever is told that nothing has changed removes the file, which then no row may name.
    @Test func completionAtOnceNeverSaysThatNothingHasChangedWhenItsAnswerIsLost() async throws {
        try await TestNode.alone { node in
            var (kills, made) = (0, 0)
            while kills == 0, made < 3000 {
                var uploads: [Upload] = []
                for _ in 0..<60 { uploads.append(try await node.uploads.create(.sample(length: 10))) }
                kills += try await Self.killing(node) { [uploads] kills in
                    for upload in uploads {
                        kills.allow(1)
                        let arrival = node.handover.arrivals.arrive(at: upload.id)
                        defer { node.handover.arrivals.leave(arrival) }
                        do {
                            let done = try await node.uploads.completeAtOnce(
                                upload.id, in: upload.folder, owner: nil, length: 10, file: UploadStore.fileOfItsOwn(),
                                as: Self.name, for: arrival)
                            #expect(done?.state == .complete && done?.item != nil)
                        } catch let error as PostgresError {
                            #expect(error.isUnavailable)
                        }
                    }
                }
                made += uploads.count
            }
            #expect(kills > 0)
            let jobs = try await node.database.value("SELECT count(*) FROM job")
            #expect(jobs == (try await node.database.value("SELECT count(*) FROM upload WHERE state = 'complete'")))
        }
    }

    @Test func completionIsDoneOnceThoughItsConnectionIsKilledAtAnyMoment() async throws {
        try await TestNode.alone { node in
            var (kills, made) = (0, 0)
            // Under load the killer may come too late for all of sixty statements: then there are sixty more.
            while kills == 0, made < 3000 {
                var claims: [Claim] = []
                for _ in 0..<60 { claims.append(try await node.uploads.createClaimed(.sample(length: 0)).1) }
                kills += try await Self.killing(node) { [claims] kills in
                    for claim in claims {
                        kills.allow(2)
                        let upload = try await node.uploads.complete(claim, offset: 0, as: Self.name)
                        #expect(upload.state == .complete && upload.item != nil)
                    }
                }
                made += claims.count
            }
            #expect(kills > 0)
            #expect(try await node.database.value("SELECT count(*) FROM job") == "\(made)")
            let reserved = try await node.database.value("SELECT count(*) FROM item WHERE state = 'reserved'")
            #expect(reserved == "\(made)")
        }
    }

    @Test func checkpointsAndReleasesSurviveTheDeathOfTheirConnections() async throws {
        try await TestNode.alone { node in
            let (upload, first) = try await node.uploads.createClaimed(.sample(length: nil))
            let kills = try await Self.killing(node) { kills in
                var claim = first
                while kills.done < 10, claim.offset < 5000 {
                    claim.offset += 1
                    kills.allow(2)
                    claim.trustedUntil = try await node.uploads.checkpoint(claim, offset: claim.offset)
                }
                kills.allow(2)
                let released = try await node.uploads.release(claim, offset: 10_000)
                #expect(released.offset == 10_000)
            }
            #expect(kills > 0)
            // By the pool that was spared: a kill may still be on its way.
            let row = try await node.database.texts(
                "SELECT concat_ws('|', \"offset\", lease_node IS NULL, clean) FROM upload WHERE id = '\(upload.id)'")
            #expect(row == ["10000|t|t"])
        }
    }

    @Test func creationSurvivesTheDeathOfItsConnectionOrFails() async throws {
        try await TestNode.alone { node in
            let made = Made()
            let kills = try await Self.killing(node) { kills in
                while kills.done < 10, made.ids.count < 2000 {
                    kills.allow(1)
                    if let upload = try? await node.uploads.create(.sample()) { made.add(upload.id) }
                }
            }
            #expect(kills > 0 && !made.ids.isEmpty)
            let rows = Set(try await node.database.texts("SELECT replace(id::text, '-', '') FROM upload"))
            #expect(made.ids.allSatisfy { rows.contains("\($0)") })
        }
    }

    private final class Made: Sendable {
        private let state = Mutex<[UploadID]>([])
        var ids: [UploadID] { state.withLock { $0 } }
        func add(_ id: UploadID) { state.withLock { $0.append(id) } }
    }

    @Test func withoutADatabaseTheWriterGivesUpWhenItsLeaseDoes() async throws {
        try await TestNode.alone { node in
            var (_, claim) = try await node.uploads.createClaimed(.sample())
            claim.trustedUntil = .now
            await node.pool.close()
            let error = await #expect(throws: PostgresError.self) {
                try await node.uploads.checkpoint(claim, offset: 3)
            }
            #expect(error?.isUnavailable == true)
        }
    }

    /// The client's end of the connection is cut while the server is still at work, so the statement takes effect
    /// after the store has looked at the row: only the second look can tell.
    @Test(arguments: ["complete", "release", "checkpoint"])
    func aStatementThatTakesEffectAfterTheConnectionBrokeIsFoundOut(verb: String) async throws {
        try await TestNode.alone { node in
            let length: Int64? = verb == "complete" ? 10 : nil
            let (upload, claim) = try await node.uploads.createClaimed(.sample(length: length))
            let gate = node.database.anotherPool(size: 1)
            let writing = try await gate.withTransaction { connection in
                try await connection.executeScript(
                    "SELECT FROM upload WHERE id = '\(upload.id)' FOR UPDATE")
                let writing = Task {
                    switch verb {
                    case "complete": try await node.uploads.complete(claim, offset: 10, as: Self.name).offset
                    case "release": try await node.uploads.release(claim, offset: 10).offset
                    default: try await node.uploads.checkpoint(claim, offset: 10) > .now ? Int64(10) : 0
                    }
                }
                let port = try await Self.blocked(node, count: 1)[0]
                Self.cutConnection(port)
                // The store has looked at the row, found nothing, and asks again.
                _ = try await Self.blocked(node, count: 2)
                return writing
            }
            await gate.close()
            #expect(try await writing.value == 10)
            let row = try await node.uploads.find(upload.id)
            #expect(row?.offset == 10 && row?.state == (verb == "complete" ? .complete : .open))
        }
    }

    /// The client ports of the node's connections that wait for a row lock, once there are so many.
    private static func blocked(_ node: TestNode, count: Int) async throws -> [UInt16] {
        var ports: [UInt16] = []
        try await eventually("\(count) statements wait") {
            ports = try await node.database.texts(
                """
                SELECT client_port::text FROM pg_stat_activity
                WHERE application_name = '\(node.id.channel)' AND wait_event_type = 'Lock'
                """
            ).compactMap { $0.flatMap(UInt16.init) }
            return ports.count == count
        }
        return ports
    }

    /// Shuts down this process's socket with that local port on 127.0.0.1.
    private static func cutConnection(_ port: UInt16) {
        for descriptor in Int32(3)..<1024 {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let found = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
            }
            guard found == 0, address.sin_family == sa_family_t(AF_INET), address.sin_port == port.bigEndian else {
                continue
            }
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }
}
