import Content
import Foundation
import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// The draft's share of the upload endpoints: which requests speak it, and which verb answers.
struct DraftUploads: Sendable {
    let exchange: Exchange
    private let arrival: Arrivals.Arrival

    /// `nil` if the request speaks tus: it says so, or the upload was created by tus.
    ///
    /// Looks the upload up for requests that do not name a dialect, and for no others. Throws 404 if there is none.
    init?(_ exchange: Exchange, _ arrival: Arrivals.Arrival) async throws {
        guard Dialect.named(by: exchange.fields) == nil else { return nil }
        guard let upload = try await exchange.node.uploads.find(arrival.upload) else { throw exchange.noUpload }
        guard upload.dialect == .draft else { return nil }
        self.exchange = exchange
        self.arrival = arrival
    }

    /// Every answer of the draft, errors included.
    func answer() async -> Response {
        await ProblemResponses.instead(exchange) { try await exchange.confirming(respond) }
    }

    private func respond() async throws -> Response {
        switch exchange.method {
        case .head: try await RetrieveOffset(exchange, arrival).answer()
        case .patch: try await AppendToUpload(exchange, arrival).answer()
        case .delete: try await CancelUpload(exchange, arrival).answer()
        case .get: try await ShowUpload(exchange, arrival.upload).answer()
        default: throw Problem(.methodNotAllowed(allowed: "OPTIONS, HEAD, PATCH, DELETE, GET"))
        }
    }

    /// The answer to a POST that creates an upload of the draft; `nil` if it speaks tus.
    static func created(_ exchange: Exchange, endpoint: String, replaces: Bool) async -> Response? {
        guard Dialect.ofCreation(exchange.fields) == .draft else { return nil }
        let creation = CreateDraftUpload(exchange, endpoint: endpoint, replaces: replaces)
        return await ProblemResponses.instead(exchange) {
            // Only folders are remembered, and none has a file to replace.
            if replaces { try await creation.answer() } else { try await exchange.confirming(creation.answer) }
        }
    }
}

extension Exchange {
    /// 404 in the form that the request's sender understands.
    var noUpload: any Error {
        Dialect.seemsDraft(fields) ? Problem(shared: .notFound()) : TusError.notFound()
    }

    /// What uploads and their requests may measure here.
    var limits: UploadLimits {
        UploadLimits(
            maxSize: node.settings.maxSize, maxAppendSize: node.settings.maxAppendSize,
            maxAge: Int64(node.settings.expireAfter))
    }

    /// The same, of an upload that lives already.
    func limits(of upload: Upload) -> UploadLimits {
        limits.living(for: Int64(upload.expires.timeIntervalSinceNow.rounded()))
    }
}

extension Place {
    /// As `check`, for requests of the draft, which learn whether an upload that is gone was complete.
    func checkDraft(_ upload: Upload) throws {
        do {
            try check(upload)
        } catch UploadError.gone where upload.item != nil {
            throw Problem(.completedUploadIsGone)
        }
    }
}
