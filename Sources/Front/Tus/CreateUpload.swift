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
    /// The name that `Location` is to have: that of the request, `@upload` for `@upload-replace`.
    private let name: String
    private let replaces: Bool

    init(_ exchange: Exchange, endpoint: String, replaces: Bool) {
        self.exchange = exchange
        self.replaces = replaces
        name = endpoint.hasPrefix("@tus-") ? "@tus-upload" : "@upload"
    }

    func answer() async throws -> Response {
        try Tus.checkVersion(exchange.fields)
        let place = try await Place.ofUploads(exchange)
        guard place.item.kind.isFolderish != replaces else {
            throw TusError.badRequest(
                replaces ? "A folder has no file to replace" : "The item is not a folder; its file can be replaced")
        }
        let request = try CreateRequest(
            exchange.fields, body: BodyLength(exchange.fields), maximumSize: exchange.node.settings.maxSize)
        let new = try describe(request, at: place)
        exchange.record.concerns(upload: "\(new.id)")
        try await exchange.node.space.check()
        let quota = Quota(exchange.node)
        try await quota.check(new)
        guard let wanted = request.plan ?? (request.length == 0 ? .empty : nil) else {
            return created(try await exchange.node.uploads.create(new))
        }
        return try await createWithBytes(new, quota.limit(wanted, of: new))
    }

    private func describe(_ request: CreateRequest, at place: Place) throws -> NewUpload {
        let metadata = request.metadata
        let kind =
            replaces
            ? place.item.kind
            : try ItemKind.ofUpload(
                type: metadata.type, filename: metadata.filename, contentType: metadata.contentType)
        let filename = metadata.filename ?? (replaces ? place.item.filename : nil) ?? kind.rawValue.lowercased()
        return NewUpload(
            id: .random(), folder: place.item.id, replaces: replaces, owner: place.principal.name,
            length: request.length, metadata: metadata.raw, filename: filename,
            contentType: Content.MediaType.resolve(given: metadata.contentType, filename: filename),
            kind: kind.rawValue, expireSeconds: exchange.node.settings.expireAfter)
    }

    /// A request that is refused leaves no upload: its client never learns the URL.
    private func createWithBytes(_ new: NewUpload, _ plan: AppendPlan) async throws -> Response {
        let (upload, claim) = try await exchange.node.uploads.createClaimed(new)
        let outcome: Reception.Outcome
        do {
            outcome = try await Reception(exchange, claim, plan).run()
        } catch {
            await remove(upload)
            throw error
        }
        switch outcome {
        case .appended(let upload): return created(upload, offset: upload.offset)
        case .completed(let finished):
            var response = created(finished.upload, offset: finished.upload.offset, finished: finished)
            finished.describe(&response.headers)
            return response
        case .cut: throw TusError.badRequest("The body ended before its Content-Length")
        case .ousted: return exchange.abandoned()
        }
    }

    private func remove(_ upload: Upload) async {
        do {
            let arrival = exchange.arrive(at: upload.id)
            defer { exchange.leave(arrival) }
            try await exchange.node.uploads.terminate(upload.id, for: arrival) { _ in }
        } catch {
            exchange.node.logger.info(
                "a refused upload is left to its expiry", metadata: ["upload": "\(upload.id)", "error": "\(error)"])
        }
    }

    private func created(_ upload: Upload, offset: Int64? = nil, finished: Finished? = nil) -> Response {
        let fields = ResponseFields.created(
            location: exchange.uploadURL(upload.id, name: name),
            expires: finished == nil ? Int64(upload.expires.timeIntervalSince1970) : nil, offset: offset,
            item: finished?.url, pending: finished?.state == .complete)
        return Response(status: .created, headers: fields)
    }
}

extension AppendPlan {
    /// For an upload of no bytes, which is complete when it is created.
    static let empty = AppendPlan(offset: 0, limit: 0, expected: 0)
}
