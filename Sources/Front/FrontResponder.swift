import Content
import HTTPTypes
package import Hummingbird
import Logging
import UploadProtocol
import Uploads

/// The route table: which endpoint and verb goes to which file.
package struct FrontResponder: HTTPResponder {
    package typealias Context = FrontContext

    let node: FrontNode

    package init(node: FrontNode) {
        self.node = node
    }

    package func respond(to request: Request, context: FrontContext) async throws -> Response {
        var response = await answer(request, context)
        let isPreflight = CrossOrigin.isPreflight(request.method, request.headers)
        node.settings.crossOrigin?.describe(&response.headers, to: request.headers, isPreflight: isPreflight)
        return response
    }

    /// HEAD of an upload by tus, whose route and method are known; without the fields for other origins.
    /// - Parameter found: what a first look gave. Its error is the answer.
    func head(
        _ exchange: Exchange, _ arrival: Arrivals.Arrival, _ found: Result<OpenUpload?, any Error>, _ logger: Logger
    ) async -> Response {
        await caught(exchange, logger) {
            _ = try found.get()
            return try await exchange.confirming { try await upload(exchange, arrival) }
        }.createHeadResponse()
    }

    private func answer(_ request: Request, _ context: FrontContext) async -> Response {
        // Nothing of the request is used that its path, its Host or its method make doubtful.
        let route = Route(request.uri.path == "*" ? "/" : request.uri.path)
        let method = Result { () throws(TusError) in try Tus.method(of: request.method, request.headers) }
        let exchange = Exchange(
            request, context, node: node, method: (try? method.get()) ?? request.method, route: route ?? .root)
        if let route { exchange.record.found(route, exchange.method) }
        let response = await caught(exchange, context.logger) {
            _ = try method.get()
            guard route != nil else { throw TusError.badRequest("The path is malformed") }
            guard Authority.isServable(request.head) else {
                throw TusError.badRequest("The Host header must be there once, as host or host:port")
            }
            return try await answer(exchange)
        }
        return await exchange.settled(withoutBody(response, request.method, exchange.method))
    }

    private func caught(
        _ exchange: Exchange, _ logger: Logger, _ answer: () async throws -> Response
    ) async -> Response {
        do {
            return try await answer()
        } catch {
            return exchange.route.isTus
                ? ErrorResponses.nested(error, logger)
                : ErrorResponses.flat(error, context: exchange.url(of: exchange.route.path), logger)
        }
    }

    /// RFC 9110 §9.3.2: the response to HEAD has no body, whatever its fields say of one. To the connection an
    /// overridden POST stays a POST: there the fields must say that there is none.
    private func withoutBody(
        _ response: Response, _ sent: HTTPRequest.Method, _ meant: HTTPRequest.Method
    ) -> Response {
        guard meant == .head else { return response }
        var response = response
        if sent != .head {
            response.headers[.contentLength] = nil
            response.headers[.contentType] = nil
        }
        return response.createHeadResponse()
    }

    private func answer(_ exchange: Exchange) async throws -> Response {
        // A browser asks before every address, whatever stands there.
        if CrossOrigin.isPreflight(exchange.method, exchange.fields), !exchange.route.isTus {
            return Response(status: .noContent)
        }
        return switch exchange.route.endpoint {
        case .upload(let name, nil): try await uploads(exchange, name)
        case .upload(let name, let id?): try await upload(exchange, name, id)
        case .replace(let name): try await replacements(exchange, name)
        case .content: try await content(exchange)
        case .download(let view): try await download(exchange, view)
        case .jobs(let words): try await jobs(exchange, words)
        case .unknown(let name): throw TusError.notFound("There is no \(quoted(name)) here")
        }
    }

    private func jobs(_ exchange: Exchange, _ words: [String]) async throws -> Response {
        if let page = try await Dashboard(exchange).answer(words) { return page }
        return try await JobsEndpoint(exchange).answer(words)
    }

    private func uploads(_ exchange: Exchange, _ name: String) async throws -> Response {
        switch exchange.method {
        case .options: TusOptions.answer(exchange)
        case .post:
            if let response = await DraftUploads.created(exchange, endpoint: name, replaces: false) {
                response
            } else {
                try await exchange.confirming {
                    try await CreateUpload(exchange, endpoint: name, replaces: false).answer()
                }
            }
        default: MethodNotAllowed.answer(exchange, allowed: "OPTIONS, POST", hint: "POST creates an upload")
        }
    }

    private func replacements(_ exchange: Exchange, _ name: String) async throws -> Response {
        switch exchange.method {
        case .options: TusOptions.answer(exchange)
        case .post:
            if let response = await DraftUploads.created(exchange, endpoint: name, replaces: true) {
                response
            } else {
                try await CreateUpload(exchange, endpoint: name, replaces: true).answer()
            }
        default:
            MethodNotAllowed.answer(
                exchange, allowed: "OPTIONS, POST", hint: "POST creates an upload that replaces the item's file")
        }
    }

    private func upload(_ exchange: Exchange, _ name: String, _ text: String) async throws -> Response {
        if exchange.method == .options { return TusOptions.answer(exchange) }
        guard let id = UploadID(text) else { throw exchange.noUpload }
        exchange.record.concerns(upload: text)
        let arrival = exchange.arrive(at: id)
        defer { exchange.leave(arrival) }
        if let draft = try await DraftUploads(exchange, arrival) { return await draft.answer() }
        return try await exchange.confirming { try await upload(exchange, arrival) }
    }

    private func upload(_ exchange: Exchange, _ arrival: Arrivals.Arrival) async throws -> Response {
        switch exchange.method {
        case .head: try await HeadUpload(exchange, arrival).answer()
        case .patch: try await PatchUpload(exchange, arrival).answer()
        case .delete: try await TerminateUpload(exchange, arrival).answer()
        case .get: try await ShowUpload(exchange, arrival.upload).answer()
        default: MethodNotAllowed.answer(exchange, allowed: "OPTIONS, HEAD, PATCH, DELETE, GET")
        }
    }

    private func content(_ exchange: Exchange) async throws -> Response {
        switch exchange.method {
        case .get, .head: try await ShowItem(exchange).answer()
        case .post: try await AddFolder(exchange).answer()
        case .delete: try await DeleteItem(exchange).answer()
        case .options: Response(status: .noContent, headers: [.allow: Self.ofContent])
        default: MethodNotAllowed.answer(exchange, allowed: Self.ofContent)
        }
    }

    private func download(_ exchange: Exchange, _ view: Route.DownloadView) async throws -> Response {
        switch exchange.method {
        case .get, .head: try await Download(exchange, view).answer()
        case .options: Response(status: .noContent, headers: [.allow: Self.ofFiles])
        default: MethodNotAllowed.answer(exchange, allowed: Self.ofFiles)
        }
    }

    private static let ofContent = "OPTIONS, GET, HEAD, POST, DELETE"
    private static let ofFiles = "OPTIONS, GET, HEAD"
}

extension Route {
    /// Whether its errors have the nested form, and `Tus-Resumable`.
    var isTus: Bool {
        switch endpoint {
        case .upload, .replace: true
        case .content, .download, .jobs, .unknown: false
        }
    }
}

/// RFC 9110 §15.5.6.
enum MethodNotAllowed {
    /// - Parameter hint: what a person who came with a browser may want to know.
    static func answer(_ exchange: Exchange, allowed: String, hint: String? = nil) -> Response {
        let message =
            "The method \(quoted(exchange.method.rawValue)) is not possible here; \(allowed) are"
            + (hint.map { ". \($0), as https://tus.io/protocols/resumable-upload tells" } ?? "")
        let body =
            exchange.route.isTus
            ? ContentJSON.nestedError(type: "Method Not Allowed", message: message)
            : ContentJSON.error(
                type: "MethodNotAllowed", message: message, context: exchange.url(of: exchange.route.path))
        var fields: HTTPFields = [.allow: allowed]
        if exchange.route.isTus { fields[.tusResumable] = Tus.version }
        return ErrorResponses.json(.methodNotAllowed, body, fields)
    }
}
