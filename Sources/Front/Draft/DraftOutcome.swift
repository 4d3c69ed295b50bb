import Content
import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// What became of the content of a creation or an append, as an answer.
struct DraftOutcome: Sendable {
    private let exchange: Exchange
    private let plan: AppendPlan
    private let outcome: Reception.Outcome

    init(_ exchange: Exchange, _ plan: AppendPlan, _ outcome: Reception.Outcome) {
        self.exchange = exchange
        self.plan = plan
        self.outcome = outcome
    }

    /// - Parameter appended: the answer while the upload is to go on.
    func answer(_ appended: (Upload) -> Response) async throws -> Response {
        switch outcome {
        case .appended(let upload):
            // All content came and says that it is the end, but the length that was told before is another.
            guard plan.completion == .later else {
                throw Problem(
                    .inconsistentLength,
                    "The content ended at \(upload.offset) bytes, before the length of \(upload.length ?? 0)")
            }
            return appended(upload)
        case .completed(let finished): return try await FinalResponse(exchange, finished).answer()
        case .overrun(let upload): throw await overrun(upload)
        case .cut: throw TusError.badRequest("The body ended before its Content-Length")
        case .ousted: return exchange.abandoned()
        }
    }

    /// §4.4.2: "If the length is known, the server MUST prevent the offset from exceeding the upload length by
    /// rejecting the request once the offset exceeds the length, marking the upload resource invalid and rejecting any
    /// further interaction with it."
    private func overrun(_ upload: Upload) async -> any Error {
        let problem = exchange.limits.overrun(plan, length: upload.length)
        guard problem.code == .overlong else { return problem }
        return await exchange.invalidated(upload.id, problem)
    }
}

extension Exchange {
    /// Ends an upload whose client sends more than it announced; gives what to throw.
    func invalidated(_ id: UploadID, _ problem: Problem) async -> any Error {
        do {
            try await end(id, reason: "more bytes came than its Upload-Length says")
            return problem
        } catch UploadError.notFound {
            return problem
        } catch {
            return error
        }
    }
}
