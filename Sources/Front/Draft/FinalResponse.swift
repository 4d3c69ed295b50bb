import Content
import Digests
import HTTPTypes
import Hummingbird
import Monitoring
import UploadProtocol
import Uploads

/// The response of the folder to the whole upload: 201 with the item that it became. Given again to whoever asks again.
///
/// §4.4.2: "the server SHOULD generate the response that matches what the resource, that was targeted by the initial
/// upload creation ([…]), would have generated if it had processed the entire representation in the initial request."
struct FinalResponse: Sendable {
    private let exchange: Exchange
    private let finished: Finished

    init(_ exchange: Exchange, _ finished: Finished) {
        self.exchange = exchange
        self.finished = finished
    }

    /// That of an upload which is complete already.
    static func of(_ upload: Upload, _ exchange: Exchange) async throws -> Response {
        guard let finished = try await Finished(upload, exchange) else { throw Problem(.completedUpload) }
        return try await FinalResponse(exchange, finished).answer()
    }

    /// While the finalizer is late: 201 all the same, `Upload-Finalization: pending`, and what GET on the item says.
    func answer() async throws -> Response {
        guard finished.state != .failed else {
            throw Problem(
                .processingFailed,
                "The upload could not be finished: \(finished.upload.reason ?? "its job was cancelled")")
        }
        guard let path = finished.path else {
            throw Problem(.processingFailed, "The item that the upload became has been deleted since")
        }
        let resolved = try await exchange.node.content.resolve(path)
        guard resolved.isComplete else {
            throw Problem(.processingFailed, "The item that the upload became has been deleted since")
        }
        var fields = DraftFields.final(
            offset: finished.upload.offset, item: finished.url, finalization: finished.finalization)
        fields[.reprDigest] = digest(of: resolved.last)
        return ErrorResponses.json(.created, try await document(resolved, at: path), fields)
    }

    private func document(_ resolved: ResolvedPath, at path: [String]) async throws -> JSONValue {
        guard resolved.last.state == .published else {
            let job = try await exchange.node.jobs.job(of: finished.upload.id.uuid)
            return ItemDocument.reserved(resolved.last, at: path, job, exchange)
        }
        return ItemDocument.published(resolved.items, at: path, exchange)
    }

    /// Repr-Digest, if it is known and the item is still this upload's.
    private func digest(of item: ContentItem) -> String? {
        let known = finished.upload.known
        guard !known.isEmpty, item.state == .published, item.upload == finished.upload.id.uuid else { return nil }
        return known.fieldValue
    }
}
