import HTTPTypes
package import Hummingbird
import Logging
import Monitoring
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
        let names = Self.names(id, request.headers)
        context.logger = Self.logger(node, names)
        record.begin(request, context.logger)
        // In a task of its own, since a task keeps the memory of the deepest call that it ever made: an idle connection
        // would hold it, 6 KiB, until it is closed.
        async let answer = LogScope.$metadata.withValue(names) { [context] in
            try await inner.respond(to: request, context: context)
        }
        var response = try await answer
        Self.sign(&response.headers, id, node)
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
    static func names(_ id: String, _ fields: HTTPFields) -> Logger.Metadata {
        guard let parent = TraceParent(fields) else { return ["request_id": "\(id)"] }
        return ["request_id": "\(id)", "trace_id": "\(parent.trace)", "span_id": "\(parent.span)"]
    }

    static func logger(_ node: FrontNode, _ names: Logger.Metadata) -> Logger {
        var logger = node.logger
        for (key, value) in names { logger[metadataKey: key] = value }
        return logger
    }

    /// Says which request is answered, and by whom.
    static func sign(_ fields: inout HTTPFields, _ id: String, _ node: FrontNode) {
        fields[.xRequestID] = id
        fields[.xTussockNode] = node.publicName
    }

    /// The request ends with the last byte of its answer.
    private static func finishing(_ record: RequestRecord, _ body: ResponseBody) -> ResponseBody {
        ResponseBody(contentLength: body.contentLength) { writer in
            defer { record.finish() }
            try await body.write(writer)
        }
    }
}
