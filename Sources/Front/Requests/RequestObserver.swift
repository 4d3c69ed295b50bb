import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import UploadProtocol

/// Around every request: gives it a name, and tells when it has ended.
package struct RequestObserver: HTTPResponder {
    package typealias Context = FrontContext

    let inner: FrontResponder
    let node: FrontNode

    package init(_ node: FrontNode) {
        inner = FrontResponder(node: node)
        self.node = node
    }

    package func respond(to request: Request, context: FrontContext) async throws -> Response {
        var context = context
        let record = context.record
        let id = RequestID.of(request.headers)
        context.logger = logger(id, request.headers)
        record.begin(request, context.logger)
        var response = try await inner.respond(to: request, context: context)
        response.headers[.xRequestID] = id
        response.headers[.xTussockNode] = node.publicName
        record.answers(response.status.code)
        if let length = response.body.contentLength, length <= Self.small {
            record.finish()
        } else {
            response.body = Self.finishing(record, response.body)
        }
        return response
    }

    /// A body up to this many bytes goes out in one piece.
    private static let small = 64 * 1024

    /// Lines about one request have the same `request_id`.
    private func logger(_ id: String, _ fields: HTTPFields) -> Logger {
        var logger = node.logger
        logger[metadataKey: "request_id"] = "\(id)"
        if let parent = TraceParent(fields) {
            logger[metadataKey: "trace_id"] = "\(parent.trace)"
            logger[metadataKey: "span_id"] = "\(parent.span)"
        }
        return logger
    }

    /// The request ends with the last byte of its answer.
    private static func finishing(_ record: RequestRecord, _ body: ResponseBody) -> ResponseBody {
        ResponseBody(contentLength: body.contentLength) { writer in
            defer { record.finish() }
            try await body.write(writer)
        }
    }
}
