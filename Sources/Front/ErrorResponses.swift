import Chunks
import Content
import HTTPTypes
import Hummingbird
import Logging
import Monitoring
import Postgres
import UploadProtocol
import Uploads

/// The one place where errors of the domain become HTTP.
enum ErrorResponses {
    /// Every error as the upload endpoints tell it; other endpoints write the same status in Plone's flat form.
    static func tusError(_ error: any Error, _ logger: Logger) -> TusError? {
        switch error {
        case let error as TusError: error
        case let error as UploadError: tusError(error)
        case let error as ContentError: tusError(error)
        case let error as ChunkError: volumeTrouble(error, logger)
        case let error as BadRequest: .badRequest(error.message)
        case let error as JobFilter.Mistake: .badRequest(error.description)
        case let error as PostgresError where error.isUnavailable || error.code == .cancelled:
            unavailable(error, logger)
        case is CancellationError: .unavailable("This node is shutting down; go on at another", retryAfter: 1)
        default: nil
        }
    }

    private static func tusError(_ error: UploadError) -> TusError {
        switch error {
        case .notFound: .notFound()
        case .gone: .gone()
        case .forbidden: .forbidden("The upload is somebody else's")
        case .offsetMoved(let current): .offsetConflict(current: current)
        case .claimLost: .unavailable("A newer request continues this upload; ask for the offset")
        case .alreadyComplete(let upload): .offsetConflict(current: upload.offset)
        case .otherDialect(.draft):
            .badRequest(
                "The upload was created by the HTTP draft; bytes are appended without Tus-Resumable, with "
                    + "Upload-Complete and Content-Type: \(Draft.partialUpload)")
        case .otherDialect(.tus): .unsupportedVersion
        case .folderGone: .notFound("The folder has been deleted")
        case .madeOfParts: .forbidden("A final upload is made of its parts; it takes no bytes of its own")
        case .failed(let reason): .gone("The upload could not be finished: \(reason)")
        }
    }

    private static func tusError(_ error: ContentError) -> TusError {
        switch error {
        case .notFound: .notFound("Resource not found")
        case .nameTaken(let name): .badRequest("The id \(quoted(name)) is taken already")
        case .rootIsFixed: .badRequest("The root cannot be deleted")
        }
    }

    private static func volumeTrouble(_ error: ChunkError, _ logger: Logger) -> TusError {
        logger.error("volume trouble", metadata: ["error": "\(error)"])
        switch error.code {
        case .noSpace: return .insufficientStorage()
        case .readOnly, .missing, .notThisVolume, .tooShort, .inputOutput:
            return .unavailable("The volume cannot be used at the moment", retryAfter: 10)
        }
    }

    private static func unavailable(_ error: PostgresError, _ logger: Logger) -> TusError {
        logger.debug("database trouble", metadata: ["error": "\(error)"])
        return .unavailable("The database cannot be reached at the moment")
    }

    /// `{"error":{"type","message"}}`, with the fields of tus.
    static func nested(_ error: any Error, _ logger: Logger) -> Response {
        if error is Problem { return ProblemResponses.answer(error, UploadLimits(), logger) }
        guard let known = tusError(error, logger) else { return unexpected(error, logger, isTus: true) }
        var fields = known.fields
        if known.code == .unauthorized { fields[.wwwAuthenticate] = challenge }
        return json(known.status, ContentJSON.nestedError(type: known.phrase, message: known.message), fields)
    }

    /// `{"type","message","context"}`, for all else.
    static func flat(_ error: any Error, context: String, _ logger: Logger) -> Response {
        guard let known = tusError(error, logger) else { return unexpected(error, logger, isTus: false) }
        var fields = HTTPFields()
        if known.code == .unauthorized { fields[.wwwAuthenticate] = challenge }
        if known.code == .unavailable { fields[.retryAfter] = known.fields[.retryAfter] }
        // Plone's names of errors are the phrases without spaces.
        let type = known.phrase.filter { $0 != " " }
        return json(
            known.status, ContentJSON.error(type: type, message: known.message, context: context), fields)
    }

    private static func unexpected(_ error: any Error, _ logger: Logger, isTus: Bool) -> Response {
        logger.error("a request failed", metadata: ["error": "\(error)"])
        let message = "The server failed to answer; its log tells more"
        let fields: HTTPFields = isTus ? [.tusResumable: Tus.version] : [:]
        return json(
            .internalServerError, ContentJSON.nestedError(type: "Internal Server Error", message: message), fields)
    }

    static let challenge = #"Basic realm="Tussock", charset="UTF-8""#

    static func json(_ status: HTTPResponse.Status, _ value: JSONValue, _ fields: HTTPFields = [:]) -> Response {
        json(status, text: value.text, fields)
    }

    static func json(_ status: HTTPResponse.Status, text: String, _ fields: HTTPFields = [:]) -> Response {
        var fields = fields
        fields[.contentType] = "application/json"
        fields[.xContentTypeOptions] = "nosniff"
        return Response(
            status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
