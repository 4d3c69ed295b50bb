import Foundation
import TestSupport

/// What came back for one request.
enum Reply: Sendable {
    case answer(Answer)
    /// None: the connection was not made, was ended by the server, or the time was over.
    case lost(String, Loss)

    enum Loss: Sendable {
        /// The node did not get it.
        case refused
        /// The server ended the connection, so it has given the request up, too.
        case endedByServer
        /// The client gave up: the node may still carry it out.
        case givenUp
    }

    var answer: Answer? {
        if case .answer(let answer) = self { answer } else { nil }
    }
}

/// How a body goes out.
enum BodyShape: Sendable, CustomStringConvertible {
    case whole
    /// In that many pieces with a pause between two, ms.
    case pieces(Int, pause: Int)
    /// The same, chunked.
    case chunked(Int)
    /// Only so many bytes of what is announced, then the end of the connection.
    case cut(after: Int64, Cut)
    /// All of it, and nobody reads the answer; the connection ends after that many ms.
    case unread(Int)

    enum Cut: Sendable { case finish, reset, hang }

    var description: String {
        switch self {
        case .whole: "whole"
        case .pieces(let count, let pause): "in \(count) pieces, \(pause) ms apart"
        case .chunked(let count): "in \(count) chunks"
        case .cut(let after, let cut): "cut after \(after) (\(cut))"
        case .unread(let pause): "answer unread, ended after \(pause) ms"
        }
    }
}

/// One request of an upload.
struct UploadRequest: Sendable, CustomStringConvertible {
    var method: String
    var path: String
    var fields: [String: String?] = [:]
    /// Where the body's bytes stand in the upload; nil: no body.
    var body: Range<Int64>?
    var shape = BodyShape.whole

    var description: String {
        guard let body else { return "\(method) \(path.suffix(12))" }
        return "\(method) \(path.suffix(12)) [\(body.lowerBound), \(body.upperBound)) \(shape)"
    }
}
