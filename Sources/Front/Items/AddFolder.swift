import Content
import Foundation
import HTTPTypes
import Hummingbird
import UploadProtocol

/// POST of JSON: a new Folder. Files and Images come from uploads.
struct AddFolder: Sendable {
    let exchange: Exchange
    /// The largest JSON body, bytes.
    private static let mostBytes = 1 << 20

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    func answer() async throws -> Response {
        let place = try await Place.find(exchange, for: .add)
        guard place.item.kind.isFolderish else { throw TusError.badRequest("Only a folder can have items") }
        let request = try await read()
        try check(request.type)
        let name = try request.id.map { ItemName(id: try ItemName.validate(id: $0)) } ?? ItemName(title: title(request))
        let folder = try await exchange.node.content.createFolder(
            in: place.item.id, name: name, isExplicit: request.id != nil, title: title(request),
            description: request.description ?? "", owner: place.principal.name)
        return try created(folder, in: place)
    }

    private func title(_ request: FolderRequest) -> String {
        request.title ?? request.id ?? ""
    }

    private func check(_ type: String?) throws {
        switch type {
        case "Folder": return
        case nil: throw TusError.badRequest("Property '@type' is required")
        case "File", "Image": throw TusError.badRequest("A File or an Image is made by an upload to @upload")
        case let type?:
            throw TusError.badRequest("There is no type \(quoted(type)) here; there are: Folder, File, Image")
        }
    }

    private func read() async throws -> FolderRequest {
        let length = try BodyLength(exchange.fields)
        if let announced = length.announced, announced > Self.mostBytes {
            throw TusError.tooLarge(maximum: Int64(Self.mostBytes))
        }
        let body: ByteBuffer
        do {
            body = try await exchange.body().collect(upTo: Self.mostBytes)
        } catch {
            throw TusError.badRequest("The body could not be read, or is larger than \(Self.mostBytes) bytes")
        }
        exchange.bodyIsFinished()
        return try FolderRequest(parsing: Data(body.readableBytesView))
    }

    private func created(_ folder: ContentItem, in place: Place) throws -> Response {
        let path = exchange.route.path + [folder.name]
        let located = LocatedItem(folder, at: path, exchange)
        let empty = ContentJSON.Listing(items: [], total: 0, batch: try Batch(start: nil, size: nil), query: nil)
        let parent = LocatedItem(place.item, at: exchange.route.path, exchange)
        let json = ContentJSON.item(located, parent: parent, listing: empty)
        return ErrorResponses.json(.created, json, [.location: located.url])
    }
}

extension ItemName {
    /// Exactly this id, which has been validated.
    init(id: String) {
        self.init(title: "")
        stem = id
        suffix = ""
    }
}
