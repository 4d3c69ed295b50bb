import Content
import HTTPTypes
package import Hummingbird
import Logging
import UploadProtocol

/// The route table: which endpoint and verb goes to which file.
package struct FrontResponder: HTTPResponder {
    package typealias Context = FrontContext

    let node: FrontNode

    package init(node: FrontNode) {
        self.node = node
    }

    package func respond(to request: Request, context: FrontContext) async throws -> Response {
        guard let route = Route(request.uri.path) else {
            return ErrorResponses.flat(
                TusError.badRequest("The path is malformed"), context: "", context.logger)
        }
        let isTus = route.isTus
        let method = (try? Tus.method(of: request.method, request.headers)) ?? request.method
        let exchange = Exchange(request, context, node: node, method: method, route: route)
        let response: Response
        do {
            response = try await answer(exchange)
        } catch {
            response =
                isTus
                ? ErrorResponses.nested(error, context.logger)
                : ErrorResponses.flat(error, context: exchange.url(of: route.path), context.logger)
        }
        // RFC 9110 §9.3.2: the response to HEAD has no body, whatever its fields say of one.
        return await exchange.settled(request.method == .head ? response.createHeadResponse() : response)
    }

    private func answer(_ exchange: Exchange) async throws -> Response {
        switch exchange.route.endpoint {
        case .upload(let name, nil): try await uploads(exchange, name)
        case .upload(let name, let id?): try await upload(exchange, name, id)
        case .replace(let name): try await replacements(exchange, name)
        case .content: try await content(exchange)
        case .download(let view): try await download(exchange, view)
        case .jobs(let words): try await JobsEndpoint(exchange).answer(words)
        case .unknown(let name): throw TusError.notFound("There is no \(quoted(name)) here")
        }
    }

    private func uploads(_ exchange: Exchange, _ name: String) async throws -> Response {
        switch exchange.method {
        case .options: TusOptions.answer(exchange)
        case .post: try await CreateUpload(exchange, endpoint: name, replaces: false).answer()
        default: MethodNotAllowed.answer(exchange, allowed: "OPTIONS, POST")
        }
    }

    private func replacements(_ exchange: Exchange, _ name: String) async throws -> Response {
        switch exchange.method {
        case .options: TusOptions.answer(exchange)
        case .post: try await CreateUpload(exchange, endpoint: name, replaces: true).answer()
        default: MethodNotAllowed.answer(exchange, allowed: "OPTIONS, POST")
        }
    }

    private func upload(_ exchange: Exchange, _ name: String, _ text: String) async throws -> Response {
        if exchange.method == .options { return TusOptions.answer(exchange) }
        guard let id = UploadID(text) else { throw TusError.notFound() }
        exchange.record.concerns(upload: text)
        let arrival = exchange.arrive(at: id)
        defer { exchange.leave(arrival) }
        return switch exchange.method {
        case .head: try await HeadUpload(exchange, arrival).answer()
        case .patch: try await PatchUpload(exchange, arrival).answer()
        case .delete: try await TerminateUpload(exchange, arrival).answer()
        case .get: try await ShowUpload(exchange, id).answer()
        default: MethodNotAllowed.answer(exchange, allowed: "OPTIONS, HEAD, PATCH, DELETE, GET")
        }
    }

    private func content(_ exchange: Exchange) async throws -> Response {
        switch exchange.method {
        case .get, .head: try await ShowItem(exchange).answer()
        case .post: try await AddFolder(exchange).answer()
        case .delete: try await DeleteItem(exchange).answer()
        default: MethodNotAllowed.answer(exchange, allowed: "GET, HEAD, POST, DELETE")
        }
    }

    private func download(_ exchange: Exchange, _ view: Route.DownloadView) async throws -> Response {
        switch exchange.method {
        case .get, .head: try await Download(exchange, view).answer()
        default: MethodNotAllowed.answer(exchange, allowed: "GET, HEAD")
        }
    }
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
    static func answer(_ exchange: Exchange, allowed: String) -> Response {
        let message = "\(exchange.method.rawValue) is not possible here; \(allowed) are"
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
