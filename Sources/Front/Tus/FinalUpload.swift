import Content
import Foundation
import HummingbirdCore
import UploadProtocol
import Uploads

/// A final upload: one item of several partial uploads, which a finalizer joins (Concatenation).
///
/// tus 1.0.0, Concatenation: "The Client MAY send the concatenation request while the partial uploads are still in
/// progress. This feature MUST be explicitly announced by the Server by adding `concatenation-unfinished` to the
/// `Tus-Extension` header." Nothing is copied while the client waits, whatever the size.
struct FinalUpload: Sendable {
    /// A part as the client named it.
    private struct Source {
        var url: String
        /// Its place in the list, from 1.
        var number: Int
        var id: UploadID
        /// The folder or item that the URL says the part belongs to.
        var folder: UUID
        /// Whose uploads the principal may use there; nil: anybody's.
        var owner: String?

        func refusal(_ code: TusError.Code, _ what: String) -> TusError {
            TusError(code, "The Upload-Concat header: \(UploadConcat.name(url, number)) \(what)")
        }
    }

    private let exchange: Exchange
    private let place: Place

    init(_ exchange: Exchange, _ place: Place) {
        self.exchange = exchange
        self.place = place
    }

    /// Throws, naming the part: 400 for what is no partial upload of this service, 403 for somebody else's, 404 for an
    /// unknown one, 410 for one that is gone; and 413 if all together are larger than an upload may be.
    func create(_ new: NewUpload, of urls: [String]) async throws -> Finished {
        let sources = try await sources(urls)
        let name = ItemName(filename: new.filename)
        let upload = try await exchange.node.uploads.createFinal(
            new, of: sources.map(\.id), as: ItemReservation(stem: name.stem, suffix: name.suffix)
        ) { found in
            try check(sources, found)
        }
        guard let finished = try await Finished(upload, exchange) else { throw UploadError.notFound }
        return finished
    }

    private func sources(_ urls: [String]) async throws -> [Source] {
        var places = [exchange.route.path: place]
        let service = exchange.base
        let creation = service + exchange.uri.path
        var sources: [Source] = []
        for (index, url) in urls.enumerated() {
            let path = try UploadConcat.path(of: url, number: index + 1, creation: creation, service: service)
            guard let route = Route(path), case .upload(_, let text?) = route.endpoint else {
                throw TusError.invalidHeader(
                    .uploadConcat, "\(UploadConcat.name(url, index + 1)) is not the URL of an upload")
            }
            let place = try await self.place(of: route.path, &places, url, index + 1)
            guard let id = UploadID(text) else {
                throw TusError(.notFound, "The Upload-Concat header: no such upload: part \(index + 1), \(quoted(url))")
            }
            sources.append(
                Source(url: url, number: index + 1, id: id, folder: place.item.id, owner: place.ownerOfUploads))
        }
        return sources
    }

    /// Most parts stand where the final is to stand.
    private func place(
        of path: [String], _ places: inout [[String]: Place], _ url: String, _ number: Int
    ) async throws -> Place {
        if let known = places[path] { return known }
        do {
            let place = try await Place.ofUploads(exchange, at: path)
            places[path] = place
            return place
        } catch let error as TusError {
            throw TusError(error.code, "The Upload-Concat header: part \(number), \(quoted(url)): \(error.message)")
        }
    }

    private func check(_ sources: [Source], _ found: [UploadID: Upload]) throws {
        var total: Int64 = 0
        let maximum = exchange.node.settings.maxSize ?? .max
        for source in sources {
            guard let part = found[source.id], part.folder == source.folder else {
                throw source.refusal(.notFound, "does not exist")
            }
            if let owner = source.owner, part.owner != owner {
                throw source.refusal(.forbidden, "is somebody else's upload")
            }
            guard part.isPartial else {
                throw source.refusal(
                    .invalidHeader, "is not a partial upload: it was made without Upload-Concat: partial")
            }
            guard !part.isRemoved, !part.state.isGone else {
                throw source.refusal(.gone, "has expired or was terminated")
            }
            let (sum, overflow) = total.addingReportingOverflow(part.length ?? part.offset)
            guard !overflow, sum <= maximum else {
                throw TusError(
                    .tooLarge, "The parts together have more than \(maximum) bytes, the most that an upload may")
            }
            total = sum
        }
    }
}
