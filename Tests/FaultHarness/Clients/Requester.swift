import Foundation
import TestSupport

/// Sends one request to one front node, in the shape that the plan wants, and gives what came back.
struct Requester: Sendable {
    let cluster: FaultCluster
    let promises: Promises
    /// How long an answer may take. The longest that a healthy node may need is 2 s for a holder that does not let go
    /// and 2 s of waiting for the finalizer.
    static let patience: Duration = .seconds(20)

    func send(_ request: UploadRequest, to front: Int) async -> Reply {
        let (life, began) = (cluster.members[front].life, ContinuousClock.now)
        promises.change { state in
            state.inFlight += 1
            if let end = request.body?.upperBound { state.sent = max(state.sent, end) }
        }
        promises.note("> front-\(front) \(request)")
        let reply = await exchange(request, front)
        promises.change { state in
            state.inFlight -= 1
            if case .lost(_, .givenUp) = reply {
                let start = request.method == "PATCH" ? request.body?.lowerBound : nil
                state.ghosts.append(.init(front: front, life: life, began: began, since: .now, start: start))
            }
        }
        // A GET asks nobody to give way, and a refusal comes from a request that did not get so far.
        if let status = reply.answer?.status, status < 300, request.method != "GET" {
            promises.wasLetThrough(at: front, life: life, sent: began, cluster.members[front])
        }
        promises.note("< front-\(front) \(Self.describe(reply))")
        return reply
    }

    private func exchange(_ request: UploadRequest, _ front: Int) async -> Reply {
        var fields = request.fields
        let count = request.body.map { $0.upperBound - $0.lowerBound }
        var isChunked = false
        if case .chunked = request.shape { isChunked = true }
        if let count, !isChunked { fields["Content-Length"] = "\(count)" }
        if request.onContinue != nil { fields["Expect"] = "100-continue" }
        if isChunked { fields["Transfer-Encoding"] = "chunked" }
        var isClaimed = false
        let connection: HTTPConnection
        do {
            connection = try await cluster.client(front).begin(request.method, request.path, fields)
        } catch {
            return .lost("\(error)", .refused)
        }
        do {
            if let onContinue = request.onContinue {
                let interim = try await connection.interim(within: Self.patience)
                guard interim.status == 100 else { return .answer(interim) }
                onContinue()
                isClaimed = true
            }
            if let body = request.body, let early = try await write(body, request.shape, connection) {
                return isClaimed ? .lost("left with its claim", .leftClaimed) : early
            }
            let answer = try await connection.answer(within: Self.patience)
            connection.end(reset: false)
            return .answer(answer)
        } catch HTTPConnection.Failure.closed {
            return .lost("ended by the server", .endedByServer)
        } catch {
            return .lost("\(error)", .givenUp)
        }
    }

    /// nil: the answer is to be read.
    private func write(_ body: Range<Int64>, _ shape: BodyShape, _ connection: HTTPConnection) async throws -> Reply? {
        switch shape {
        case .whole: try await pour(body, connection)
        case .pieces(let count, let pause):
            for piece in Self.split(body, count) {
                try await pour(piece, connection)
                await Pace.pause(pause)
            }
        case .chunked(let count):
            for piece in Self.split(body, count) {
                try await toleratingRefusal { try await connection.sendChunk(promises.bytes.data(piece)) }
            }
            try await toleratingRefusal { try await connection.sendChunk(Data()) }
        case .cut(let after, let cut):
            try await pour(body.lowerBound..<min(body.lowerBound + after, body.upperBound), connection)
            return try await end(connection, cut)
        case .dawdling(let first, let pause):
            let middle = min(body.lowerBound + first, body.upperBound)
            try await pour(body.lowerBound..<middle, connection)
            await Pace.pause(pause)
            try await pour(middle..<body.upperBound, connection)
        case .poisoned(let after, let gate):
            let middle = min(body.lowerBound + after, body.upperBound)
            try await pour(body.lowerBound..<middle, connection)
            guard await gate.wait() else { return try await end(connection, .reset) }
            let poison = Data(repeating: 0x21, count: Int(min(body.upperBound - middle, 1 << 20)))
            try await toleratingRefusal { try await connection.send(poison) }
        case .unread(let pause):
            try await pour(body, connection)
            await Pace.pause(pause)
            connection.end(reset: pause % 2 == 0)
            return .lost("not read", .givenUp)
        }
        return nil
    }

    private func end(_ connection: HTTPConnection, _ cut: BodyShape.Cut) async throws -> Reply? {
        switch cut {
        case .finish:
            connection.finish()
            return nil
        case .reset:
            connection.end(reset: true)
            return .lost("cut", .givenUp)
        case .hang:
            // The connection stays open until the upload ends here, or the node ends it for a newer request.
            promises.change { $0.hanging.append(connection) }
            return .lost("left hanging", .givenUp)
        }
    }

    private func pour(_ range: Range<Int64>, _ connection: HTTPConnection) async throws {
        let step: Int64 = 1 << 20
        var position = range.lowerBound
        while position < range.upperBound {
            let end = min(position + step, range.upperBound)
            let data = promises.bytes.data(position..<end)
            guard try await toleratingRefusal({ try await connection.send(data) }) else { return }
            position = end
        }
    }

    /// A node that ends the connection in the middle of the body may have said why: false, and its answer is read.
    @discardableResult
    private func toleratingRefusal(_ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            return true
        } catch HTTPConnection.Failure.closed {
            return false
        }
    }

    private static func split(_ range: Range<Int64>, _ count: Int) -> [Range<Int64>] {
        let size = max(1, (range.upperBound - range.lowerBound) / Int64(max(count, 1)))
        return stride(from: range.lowerBound, to: range.upperBound, by: Int64.Stride(size)).map {
            $0..<min($0 + size, range.upperBound)
        }
    }

    private static func describe(_ reply: Reply) -> String {
        switch reply {
        case .lost(let reason, _): return "no answer: \(reason)"
        case .answer(let answer):
            let names = ["upload-offset", "location", "upload-finalization", "retry-after"]
            let fields = names.compactMap { name in answer[name].map { "\(name): \($0)" } }
            let body = answer.status >= 400 ? String(decoding: answer.body.prefix(200), as: UTF8.self) : ""
            return "\(answer.status) \(fields.joined(separator: ", ")) \(body)"
        }
    }
}
