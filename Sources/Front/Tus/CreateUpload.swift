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
        try await exchange.node.space.check()
        if let concat = request.concat, concat.isFinal {
            return created(try await FinalUpload(exchange, place).create(new, of: concat.parts))
        }
        let quota = Quota(exchange.node)
        try await quota.check(new)
        guard let wanted = request.plan ?? (request.length == 0 ? .empty : nil) else {
            return created(try await exchange.node.uploads.create(new))
        }
        return try await createWithBytes(new, quota.limit(wanted, of: new))
    }

    private func describe(_ request: CreateRequest, at place: Place) throws -> NewUpload {
        let metadata = request.metadata
        let kind = try kind(of: request, at: place)
        let filename = metadata.filename ?? (replaces ? place.item.filename : nil) ?? kind.rawValue.lowercased()
        var new = NewUpload(
            id: .random(), folder: place.item.id, replaces: replaces, owner: place.principal.name,
            length: request.length, metadata: metadata.raw, concat: request.concat?.raw, filename: filename,
            contentType: Content.MediaType.resolve(given: metadata.contentType, filename: filename),
            kind: kind.rawValue, expireSeconds: exchange.node.settings.expireAfter)
        new.expected = request.whole
        return new
    }

    private func kind(of request: CreateRequest, at place: Place) throws -> ItemKind {
        if replaces { return place.item.kind }
        // A part is no item, whatever it says of itself.
        if request.concat?.isPartial == true { return .file }
        let metadata = request.metadata
        return try ItemKind.ofUpload(
            type: metadata.type, filename: metadata.filename, contentType: metadata.contentType)
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

    /// What fails here is left to the sweeper, or to the upload's expiry.
    private func remove(_ upload: Upload) async {
        let node = exchange.node
        do {
            let arrival = exchange.arrive(at: upload.id)
            defer { exchange.leave(arrival) }
            try await node.uploads.terminate(upload.id, for: arrival) { _ in }
            try await node.files.run {
                try node.volume.removeUploadFiles(id: "\(upload.id)", fences: upload.chunks.fences)
            }
            try await node.uploads.forget(upload.id)
        } catch {
            node.logger.info(
                "a refused upload is left to the sweeper", metadata: ["upload": "\(upload.id)", "error": "\(error)"])
        }
    }

    /// A final upload, which is complete from the start: its item is reserved, and its job waits or runs.
    private func created(_ final: Finished) -> Response {
        created(final.upload, finished: final)
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
