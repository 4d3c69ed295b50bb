import Chunks
import Content
import Digests
import Foundation
import HTTPTypes
import Hummingbird
import UploadProtocol

/// GET of an item's bytes: whole, or by ranges (RFC 9110 §14), with validators (§13). Takes no lock.
struct Download: Sendable {
    let exchange: Exchange
    let view: Route.DownloadView

    init(_ exchange: Exchange, _ view: Route.DownloadView) {
        self.exchange = exchange
        self.view = view
    }

    func answer() async throws -> Response {
        let place = try await Place.find(exchange, for: .view)
        guard let item = PublishedFile(place.item) else {
            throw TusError.notFound("There is no file at \(exchange.url(of: exchange.route.path))")
        }
        let validators = Validators(
            etag: "\"\(item.blob.hex)\"", lastModified: Int64(place.item.modified.timeIntervalSince1970))
        switch outcome(validators) {
        case .notModified: return Response(status: .notModified, headers: try await common(item, validators))
        case .preconditionFailed:
            let context = exchange.url(of: exchange.route.path)
            let error = ContentJSON.error(type: "PreconditionFailed", message: "The item has changed", context: context)
            return ErrorResponses.json(.preconditionFailed, error)
        case .proceed: return try await send(item, validators)
        }
    }

    private func outcome(_ validators: Validators) -> Validators.Outcome {
        validators.evaluate(
            ifMatch: exchange.fields[.ifMatch], ifNoneMatch: exchange.fields[.ifNoneMatch],
            ifModifiedSince: exchange.fields[.ifModifiedSince].flatMap { HTTPDate.parse($0) },
            ifUnmodifiedSince: exchange.fields[.ifUnmodifiedSince].flatMap { HTTPDate.parse($0) })
    }

    private func send(_ item: PublishedFile, _ validators: Validators) async throws -> Response {
        let ifRange = exchange.fields[.ifRange]
        let isRanged = validators.allowsRange(ifRange: ifRange, parsedDate: ifRange.flatMap { HTTPDate.parse($0) })
        let ranges = ByteRanges.parse(isRanged ? exchange.fields[.range] : nil, length: item.size)
        var fields = try await common(item, validators)
        if case .unsatisfiable = ranges {
            fields[.contentRange] = "bytes */\(item.size)"
            return Response(status: .rangeNotSatisfiable, headers: fields)
        }
        let reader = try await open(item)
        let parts = BodyParts(ranges, of: item)
        fields[.contentType] = parts.contentType
        fields[.contentRange] = parts.contentRange
        let body = parts.body(reader, exchange.node.files, exchange.fileSender)
        return Response(status: parts.isPartial ? .partialContent : .ok, headers: fields, body: body)
    }

    private func open(_ item: PublishedFile) async throws -> BlobReader {
        let volume = exchange.node.volume
        return try await exchange.node.files.run { try volume.openBlob(id: item.blob.hex, length: item.size) }
    }

    private func common(_ item: PublishedFile, _ validators: Validators) async throws -> HTTPFields {
        var fields: HTTPFields = [
            .acceptRanges: "bytes", .eTag: validators.etag, .lastModified: HTTPDate.format(validators.lastModified),
            .contentDisposition: disposition(item), .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; sandbox", .cacheControl: "private, no-cache",
        ]
        // RFC 9530 §3.1: of the whole file, also when a range of it is sent.
        if let bytes = try await exchange.node.content.sha256(ofBlob: item.blob), let sum = Digest(.sha256, bytes) {
            fields[.reprDigest] = ContentDigests([sum]).fieldValue
        }
        return fields
    }

    /// Only what a browser cannot be made to run is shown in it.
    private func disposition(_ item: PublishedFile) -> String {
        let isInline = view != .attachment && ContentDisposition.isSafeInline(item.contentType)
        return isInline
            ? ContentDisposition.inline(filename: item.filename)
            : ContentDisposition.attachment(filename: item.filename)
    }
}

/// The file of an item that has one.
struct PublishedFile: Sendable {
    var blob: UUID
    var size: Int64
    var filename: String
    var contentType: String

    init?(_ item: ContentItem) {
        guard item.state == .published, let blob = item.blob, let size = item.size else { return nil }
        self.blob = blob
        self.size = size
        filename = item.filename ?? item.name
        contentType = item.contentType ?? "application/octet-stream"
    }
}
