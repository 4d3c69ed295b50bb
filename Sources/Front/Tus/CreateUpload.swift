import Chunks
import Content
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import UploadProtocol
import Uploads

/// POST: a new upload into a folder, or in place of an item's file; with its first bytes if the request has a body.
///
/// tus 1.0.0, Creation: "The Server MUST acknowledge a successful upload creation with the `201 Created` status. The
/// Server MUST set the `Location` header to the URL of the created resource."
struct CreateUpload: Sendable {
    let exchange: Exchange
    private let endpoint: String
    private let replaces: Bool

    init(_ exchange: Exchange, endpoint: String, replaces: Bool) {
        self.exchange = exchange
        self.endpoint = endpoint
        self.replaces = replaces
    }

    func answer() async throws -> Response {
        try Tus.checkVersion(exchange.fields)
        let creation = try await Creation(exchange, endpoint: endpoint, replaces: replaces)
        let request = try CreateRequest(
            exchange.fields, body: BodyLength(exchange.fields), maximumSize: exchange.node.settings.maxSize)
        let metadata = request.metadata
        var new = try creation.upload(
            .tus, length: request.length, filename: metadata.filename, contentType: metadata.contentType,
            type: metadata.type, metadata: metadata.raw, concat: request.concat)
        new.expected = request.whole
        exchange.record.concerns(upload: "\(new.id)")
        try await exchange.node.space.check()
        if let concat = request.concat, concat.isFinal {
            return created(try await FinalUpload(exchange, creation.place).create(new, of: concat.parts), creation)
        }
        let quota = Quota(exchange.node)
        try await quota.check(new)
        guard let wanted = request.plan ?? (request.length == 0 ? .empty : nil) else {
            return created(try await exchange.node.uploads.create(new), creation)
        }
        if let finished = try await WholeUpload.create(new, wanted, exchange) { return complete(finished, creation) }
        return try await createWithBytes(new, quota.limit(wanted, of: new), creation)
    }

    /// A request that is refused leaves no upload: its client never learns the URL.
    private func createWithBytes(_ new: NewUpload, _ plan: AppendPlan, _ creation: Creation) async throws -> Response {
        let (upload, claim) = try await exchange.node.uploads.createClaimed(new)
        let outcome: Reception.Outcome
        do {
            outcome = try await Reception(exchange, claim, plan).run()
        } catch {
            await creation.remove(upload)
            throw error
        }
        switch outcome {
        case .appended(let upload): return created(upload, creation, offset: upload.offset)
        case .completed(let finished): return complete(finished, creation)
        case .overrun(let upload):
            await creation.remove(upload)
            throw TusError.overrun(plan, length: upload.length ?? plan.newLength)
        case .cut: throw TusError.badRequest("The body ended before its Content-Length")
        case .ousted: return exchange.abandoned()
        }
    }

    /// All bytes came with the creation.
    private func complete(_ finished: Finished, _ creation: Creation) -> Response {
        var response = created(finished.upload, creation, offset: finished.upload.offset, finished: finished)
        finished.describe(&response.headers)
        return response
    }

    /// A final upload, which is complete from the start: its item is reserved, and its job waits or runs.
    private func created(_ final: Finished, _ creation: Creation) -> Response {
        created(final.upload, creation, finished: final)
    }

    private func created(
        _ upload: Upload, _ creation: Creation, offset: Int64? = nil, finished: Finished? = nil
    ) -> Response {
        let fields = ResponseFields.created(
            location: creation.location(of: upload),
            expires: finished == nil ? Int64(upload.expires.timeIntervalSince1970) : nil, offset: offset,
            item: finished?.url, pending: finished?.state == .complete)
        return Response(status: .created, headers: fields)
    }
}

extension AppendPlan {
    /// For an upload of no bytes, which is complete when it is created.
    static let empty = AppendPlan(offset: 0, limit: 0, expected: 0)
}
