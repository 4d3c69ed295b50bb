@testable import Finalizer
import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Uploads

/// The model's row against the real statements: the same random operations on both, compared after each.
@Suite struct ModelAgreesWithTheStatements {
    private static let sequences: Range<UInt64> = 1..<201
    private static let operations = 16

    @Test func afterAnySequenceOfOperations() async throws {
        try await MigratedDatabase.with(poolSize: 1) { database in
            for seed in Self.sequences {
                var pair = try await ModelAndRow(database, seed: seed)
                for _ in 0..<Self.operations where pair.agrees { try await pair.step() }
                try #require(pair.agrees, "seed \(seed): \(pair.history.joined(separator: "\n"))")
            }
        }
    }
}

/// What a client of the store can see of a row.
private struct VisibleRow: Equatable {
    var state: Upload.State
    var length: Int?
    var offset: Int
    var fence: Int
    var turns: [Int]
    var holder: String?
    var leaseIsLive: Bool?
    var chunks: ChunkList
    var isRemoved: Bool

    init(_ row: Upload) {
        (state, length, offset, fence) = (row.state, row.length.map { Int($0) }, Int(row.offset), Int(row.fence))
        (holder, leaseIsLive, chunks) = (row.lease?.node.name, row.lease?.isLive, row.chunks)
        turns = [Int(row.turn), Int(row.claimedTurn)]
        isRemoved = row.isRemoved
    }

    init(_ row: UploadRow) {
        (state, length, offset, fence) = (row.state, row.length, row.offset, row.fence)
        (holder, leaseIsLive, chunks) = (row.lease.map { "node \($0.node)" }, row.lease?.isLive, row.chunks)
        turns = [row.turn, row.claimedTurn]
        isRemoved = row.isRemoved || (row.lease == nil && row.state != .complete && row.isOverdue)
    }
}

/// One upload twice: as the model has it and as PostgreSQL has it.
private struct ModelAndRow {
    private enum Answer: Equatable {
        case row(VisibleRow), someRow, noRow, checkFailed
    }

    private enum Operation {
        case claim(offset: Int, node: Int, turn: Int?), takeTurn
        case checkpoint(fence: Int, offset: Int, release: Bool)
        case complete(fence: Int, offset: Int), setLength(fence: Int, length: Int)
        case completeAtOnce(length: Int, file: Int)
        case fenceOff(fence: Int), terminate(fence: Int)
        case leaseRunsOut, timeRunsOut, expire, finalize
    }

    private static let length = 4
    private let database: MigratedDatabase
    private let id: UploadID
    private var model: UploadRow
    private var random: SeededGenerator
    private(set) var agrees = true
    private(set) var history: [String] = []

    init(_ database: MigratedDatabase, seed: UInt64) async throws {
        self.database = database
        random = SeededGenerator(state: seed)
        let length = Int.random(in: 0..<4, using: &random) == 0 ? nil : Self.length
        let node = Bool.random(using: &random) ? 0 : nil
        let new = NewUpload.sample(length: length.map { Int64($0) })
        let insert = InsertUpload(new: new, node: node.map(Self.node), leaseSeconds: 60)
        (id, model) = (new.id, UploadRow(length: length, claimedBy: node))
        let row = try #require(try await database.pool.first(insert))
        note("insert", VisibleRow(row) == VisibleRow(model))
    }

    private static func node(_ number: Int) -> NodeID { NodeID(name: "node \(number)") }

    private mutating func note(_ what: String, _ isSame: Bool) {
        history.append("\(what) -> \(model)")
        agrees = agrees && isSame
    }

    mutating func step() async throws {
        let operation = pick()
        let expected = applyToModel(operation)
        let answer = try await applyToRow(operation)
        let row = try #require(try await database.pool.first(FindUpload(id: id)))
        note("\(operation): \(answer), \(VisibleRow(row))", answer == expected && VisibleRow(row) == VisibleRow(model))
    }
}

extension ModelAndRow {
    /// Mostly what may succeed: the current fence and offset, or what is near them.
    private mutating func pick() -> Operation {
        let fence = model.fence - [0, 0, 0, 0, 1, -1][Int.random(in: 0..<6, using: &random)]
        let offset = max(0, model.offset + [0, 0, 1, 1, 2, -1][Int.random(in: 0..<6, using: &random)])
        let asked = Int.random(in: 0..<6, using: &random) == 0 ? offset : model.offset
        switch Int.random(in: 0..<23, using: &random) {
        case 0..<5:
            let turn = [nil, model.turn, model.turn - 1, model.turn + 1][Int.random(in: 0..<4, using: &random)]
            return .claim(offset: asked, node: Int.random(in: 0..<3, using: &random), turn: turn)
        case 5, 6: return .takeTurn
        case 7, 8: return .checkpoint(fence: fence, offset: offset, release: false)
        case 9..<12: return .checkpoint(fence: fence, offset: offset, release: true)
        case 12, 13: return .complete(fence: fence, offset: Bool.random(using: &random) ? Self.length : offset)
        case 14: return .fenceOff(fence: fence)
        case 15: return .terminate(fence: fence)
        case 16: return .leaseRunsOut
        case 17: return .timeRunsOut
        case 18: return .expire
        case 19: return .setLength(fence: fence, length: Bool.random(using: &random) ? Self.length : offset)
        case 20, 21: return .completeAtOnce(length: Bool.random(using: &random) ? Self.length : offset, file: 1 << 62)
        default: return .finalize
        }
    }

    private mutating func applyToModel(_ operation: Operation) -> Answer {
        switch operation {
        case .claim(let offset, let node, let turn): return Self.seen(model.claim(at: offset, by: node, turn: turn))
        case .takeTurn: return Self.seen(model.takeTurn())
        case .checkpoint(let fence, let offset, let release):
            return Self.seen(model.checkpoint(fence, to: offset, release: release))
        case .complete(let fence, let offset): return Self.seen(model.complete(fence, at: offset))
        case .setLength(let fence, let length): return Self.seen(model.setLength(fence, to: length))
        case .completeAtOnce(let length, let file): return Self.seen(model.completeAtOnce(length, file: file))
        case .fenceOff(let fence): return Self.seen(model.fenceOff(fence))
        case .terminate(let fence): return model.terminate(fence) == .noRow ? .noRow : .someRow
        case .leaseRunsOut: model.leaseRunsOut()
        case .timeRunsOut: model.timeRunsOut()
        case .expire: model.expire()
        case .finalize: model.finalize()
        }
        return .noRow
    }

    private static func seen(_ answer: UploadRow.Answer) -> Answer {
        switch answer {
        case .row(let row): .row(VisibleRow(row))
        case .noRow: .noRow
        case .checkFailed: .checkFailed
        }
    }
}

extension ModelAndRow {
    private func applyToRow(_ operation: Operation) async throws -> Answer {
        switch operation {
        case .claim(let offset, let node, let turn):
            return try await run(
                ClaimUpload(
                    id: id, folder: NewUpload.root, owner: nil, offset: Int64(offset), node: Self.node(node),
                    leaseSeconds: 60, turn: turn.map { Int64($0) }))
        case .takeTurn: return try await run(TakeTurn(id: id))
        case .checkpoint(let fence, let offset, let release):
            return try await run(
                CheckpointUpload(
                    id: id, fence: Int64(fence), offset: Int64(offset), leaseSeconds: 60, release: release))
        case .complete(let fence, let offset):
            return try await run(
                CompleteUpload(
                    id: id, fence: Int64(fence), offset: Int64(offset), item: UUID(), stem: "\(id)", suffix: ".txt"))
        case .setLength(let fence, let length):
            return try await run(SetLength(id: id, fence: Int64(fence), length: Int64(length)))
        case .completeAtOnce(let length, let file):
            return try await run(
                CompleteAtOnce(
                    id: id, folder: NewUpload.root, owner: nil, length: Int64(length), file: Int64(file), item: UUID(),
                    name: ItemReservation(stem: "\(id)", suffix: ".txt")))
        case .fenceOff(let fence): return try await run(FenceUpload(id: id, fence: Int64(fence)))
        case .terminate(let fence):
            let row = try await database.pool.first(TerminateUpload(id: id, fence: Int64(fence)))
            return row == nil ? .noRow : .someRow
        default:
            try await pass(operation)
            return .noRow
        }
    }

    private func run<S: Statement>(_ statement: S) async throws -> Answer where S.Output == Upload {
        do {
            return try await database.pool.first(statement).map { .row(VisibleRow($0)) } ?? .noRow
        } catch let error as PostgresError where error.constraint == "upload_offset_is_within_its_length" {
            return .checkFailed
        }
    }

    private func pass(_ operation: Operation) async throws {
        switch operation {
        case .leaseRunsOut: try await set("lease_until = now() - interval '1 s'", where: "lease_node IS NOT NULL")
        case .timeRunsOut: try await set("expires_at = now() - interval '1 s'", where: "true")
        case .expire: try await database.pool.execute(ExpireUploads(limit: 500))
        default: try await publish()
        }
    }

    private func set(_ assignment: String, where condition: String) async throws {
        try await database.script("UPDATE upload SET \(assignment) WHERE id = '\(id)' AND \(condition)")
    }

    private func publish() async throws {
        let claim = ClaimJobs(worker: Self.node(9), limit: 500, leaseSeconds: 60)
        for case let job? in try await database.pool.query(claim).map({ $0?.job }) where job.upload == id {
            _ = try await database.pool.first(PublishJob(job: job, nothingLeft: false))
        }
    }
}
