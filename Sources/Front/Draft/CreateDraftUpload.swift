import Content
import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// POST with `Upload-Complete`: a new upload, with as much of its content as the request brings.
///
/// §4.2.2: "Upon receiving a request with the `Upload-Complete` header field, the server can choose to offer resumption
/// support for this request by creating an upload resource."
struct CreateDraftUpload: Sendable {
    let exchange: Exchange
    private let endpoint: String
    private let replaces: Bool

    init(_ exchange: Exchange, endpoint: String, replaces: Bool) {
        self.exchange = exchange
        self.endpoint = endpoint
        self.replaces = replaces
    }

    func answer() async throws -> Response {
        let creation = try await Creation(exchange, endpoint: endpoint, replaces: replaces)
        let request = try DraftCreation(exchange.fields, limits: exchange.limits)
        var new = try creation.upload(
            .draft, length: request.length, filename: request.filename, contentType: request.contentType)
        new.expected = request.whole
        new.wanted = request.wanted
        exchange.record.concerns(upload: "\(new.id)")
        try await exchange.node.space.check()
        let quota = Quota(exchange.node)
        try await quota.check(new)
        guard let wanted = request.plan else { return try await createEmpty(new, creation) }
        return try await createWithBytes(new, try await quota.limit(wanted, of: new), creation)
    }

    private func createEmpty(_ new: NewUpload, _ creation: Creation) async throws -> Response {
        let upload = try await exchange.node.uploads.create(new)
        Resumption(exchange).announce(upload, at: creation.location(of: upload))
        return created(upload, creation)
    }

    private func createWithBytes(_ new: NewUpload, _ plan: AppendPlan, _ creation: Creation) async throws -> Response {
        let (upload, claim) = try await exchange.node.uploads.createClaimed(new)
        let resumption = Resumption(exchange)
        resumption.announce(upload, at: creation.location(of: upload))
        let outcome: Reception.Outcome
        do {
            outcome = try await Reception(exchange, claim, plan, progress: resumption.progress).run()
        } catch {
            // Who knows the URL may go on with it.
            if !resumption.isUnderstood { await creation.remove(upload) }
            throw error
        }
        return try await DraftOutcome(exchange, plan, outcome).answer { created($0, creation) }
    }

    /// §4.2.2: "Servers are RECOMMENDED to use the `201 (Created)` status code."
    private func created(_ upload: Upload, _ creation: Creation) -> Response {
        let fields = DraftFields.created(
            location: creation.location(of: upload), offset: upload.offset, exchange.limits(of: upload))
        return Response(status: .created, headers: fields)
    }
}
