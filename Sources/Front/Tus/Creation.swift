import Chunks
import Content
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import UploadProtocol
import Uploads

/// What a POST of either dialect needs to make an upload: the place, which is found and allowed, and how the upload is
/// described there.
struct Creation: Sendable {
    let exchange: Exchange
    let place: Place
    private let replaces: Bool
    /// The name that `Location` is to have: that of the request, `@upload` for `@upload-replace`.
    private let name: String

    /// Throws 401, 403, 404, and 400 for a folder to be replaced or an item to be filled.
    init(_ exchange: Exchange, endpoint: String, replaces: Bool) async throws {
        self.exchange = exchange
        self.replaces = replaces
        name = endpoint.hasPrefix("@tus-") ? "@tus-upload" : "@upload"
        place = try await Place.ofUploads(exchange)
        guard place.item.kind.isFolderish != replaces else {
            throw TusError.badRequest(
                replaces ? "A folder has no file to replace" : "The item is not a folder; its file can be replaced")
        }
    }

    /// - Parameter metadata: `Upload-Metadata` as it came.
    func upload(
        _ dialect: Dialect, length: Int64?, filename: String?, contentType: String?, type: String? = nil,
        metadata: String = "", concat: UploadConcat? = nil
    ) throws -> NewUpload {
        // A part is no item, whatever it says of itself.
        let kind: ItemKind =
            if replaces { place.item.kind } else if concat?.isPartial == true { .file } else {
                try ItemKind.ofUpload(type: type, filename: filename, contentType: contentType)
            }
        let filename = filename ?? (replaces ? place.item.filename : nil) ?? kind.rawValue.lowercased()
        return NewUpload(
            id: .random(), folder: place.item.id, replaces: replaces, owner: place.principal.name, length: length,
            metadata: metadata, concat: concat?.raw, filename: filename,
            contentType: Content.MediaType.resolve(given: contentType, filename: filename), kind: kind.rawValue,
            expireSeconds: exchange.node.settings.expireAfter, dialect: dialect)
    }

    func location(of upload: Upload) -> String { exchange.uploadURL(upload.id, name: name) }

    /// Takes back an upload whose URL its client never learned. What fails here is left to the sweeper, or to the
    /// upload's expiry.
    func remove(_ upload: Upload) async {
        let node = exchange.node
        do {
            try await exchange.end(upload.id)
            try await node.files.run {
                try node.volume.removeUploadFiles(id: "\(upload.id)", fences: upload.chunks.fences)
            }
            try await node.uploads.forget(upload.id)
        } catch {
            node.logger.info(
                "a refused upload is left to the sweeper", metadata: ["upload": "\(upload.id)", "error": "\(error)"])
        }
    }
}
