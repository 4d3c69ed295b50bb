import Content
import HTTPTypes
import Hummingbird
import Logging
import UploadProtocol

/// Errors in the draft's form: `application/problem+json` (RFC 9457).
enum ProblemResponses {
    /// The answer of `body`, or the problem that it throws.
    static func instead(_ exchange: Exchange, of body: () async throws -> Response) async -> Response {
        do {
            return try await body()
        } catch {
            return answer(error, exchange.limits, exchange.node.logger)
        }
    }

    static func answer(_ error: any Error, _ limits: UploadLimits, _ logger: Logger) -> Response {
        guard let problem = problem(error, logger) else { return unexpected(error, logger) }
        var fields = problem.fields(limits)
        if problem.status.code == 401 { fields[.wwwAuthenticate] = ErrorResponses.challenge }
        var members = problem.numbers.mapValues { JSONValue.number($0) }
        members["type"] = .string(problem.type)
        members["title"] = .string(problem.title)
        members["status"] = .number(Int64(problem.status.code))
        members["detail"] = .string(problem.detail)
        return document(problem.status, members, fields)
    }

    private static func problem(_ error: any Error, _ logger: Logger) -> Problem? {
        if let problem = error as? Problem { return problem }
        return ErrorResponses.tusError(error, logger).map { Problem(shared: $0) }
    }

    private static func unexpected(_ error: any Error, _ logger: Logger) -> Response {
        logger.error("a request failed", metadata: ["error": "\(error)"])
        let members: [String: JSONValue] = [
            "type": "about:blank", "title": "Internal Server Error", "status": 500,
            "detail": "The server failed to answer; its log tells more",
        ]
        return document(.internalServerError, members, [.contentType: "application/problem+json"])
    }

    private static func document(
        _ status: HTTPResponse.Status, _ members: [String: JSONValue], _ fields: HTTPFields
    ) -> Response {
        var fields = fields
        fields[.xContentTypeOptions] = "nosniff"
        let text = JSONValue.object(members).text
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
