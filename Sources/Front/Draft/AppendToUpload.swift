import Content
import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// PATCH with `application/partial-upload`: appends, and completes the upload if the client says so.
///
/// §4.4.2: "A server applies a `PATCH` request with the `application/partial-upload` media type ([…]) to an upload
/// resource by appending the patch document in the request content."
struct AppendToUpload: Sendable {
    let exchange: Exchange
    let arrival: Arrivals.Arrival

    init(_ exchange: Exchange, _ arrival: Arrivals.Arrival) {
        self.exchange = exchange
        self.arrival = arrival
    }

    func answer() async throws -> Response {
        // Security Considerations: "the server SHOULD validate that the user is still allowed to perform the requested
        // action before finalizing the upload."
        let place = try await Place.ofUploads(exchange)
        let request = try DraftAppend(exchange.fields)
        if !request.body.isEmpty { try await exchange.node.space.check() }
        do {
            let claim = try await exchange.node.uploads.claim(
                arrival.upload, in: place.item.id, owner: place.ownerOfUploads, at: request.offset, for: arrival,
                speaking: .draft)
            return try await append(request, claim)
        } catch UploadError.alreadyComplete(let upload) {
            return try await repeated(request, upload)
        } catch UploadError.offsetMoved(let current) {
            let isOpen = try await exchange.node.uploads.find(arrival.upload)?.state == .open
            throw request.mismatch(current, isComplete: !isOpen)
        } catch UploadError.claimLost {
            return exchange.abandoned()
        } catch let error as UploadError where error == .gone || error.isFailure {
            return try await departed(place, error)
        }
    }

    private func append(_ request: DraftAppend, _ claim: Claim) async throws -> Response {
        let status = UploadStatus(length: claim.length, offset: claim.offset, state: .open)
        let plan: AppendPlan
        do {
            let wanted = try request.plan(status, limits: exchange.limits, expected: claim.expected)
            plan = try await Quota(exchange.node).limit(wanted, of: claim)
        } catch {
            _ = try await exchange.node.uploads.release(claim, offset: claim.offset)
            guard let problem = error as? Problem, problem.code == .overlong else { throw error }
            throw await exchange.invalidated(arrival.upload, problem)
        }
        let resumption = Resumption(exchange)
        let outcome = try await Reception(exchange, claim, plan, progress: resumption.progress).run()
        return try await DraftOutcome(exchange, plan, outcome).answer { upload in
            Response(
                status: .noContent,
                headers: DraftFields.appended(offset: upload.offset, exchange.limits(of: upload)))
        }
    }

    /// The last append again, whose answer may have been lost: the same answer again, and no second item.
    private func repeated(_ request: DraftAppend, _ upload: Upload) async throws -> Response {
        let status = UploadStatus(length: upload.length, offset: upload.offset, state: upload.state)
        try request.checkRepetition(of: status, hasContent: try await hasContent(request.body))
        return try await FinalResponse.of(upload, exchange)
    }

    /// A body of unknown length is read up to its first byte.
    private func hasContent(_ body: BodyLength) async throws -> Bool {
        guard body == .unknown else { return !body.isEmpty }
        for try await buffer in try await exchange.body() where buffer.readableBytes > 0 { return true }
        exchange.bodyIsFinished()
        return false
    }

    /// An upload that failed gives its final response again; one that was removed is gone.
    private func departed(_ place: Place, _ error: UploadError) async throws -> Response {
        guard let upload = try await exchange.node.uploads.find(arrival.upload) else { throw error }
        try place.checkDraft(upload)
        guard upload.state == .failed else { throw error }
        return try await FinalResponse.of(upload, exchange)
    }
}

extension UploadError {
    /// Whether the finalizer gave the upload up.
    fileprivate var isFailure: Bool {
        if case .failed = self { true } else { false }
    }
}
