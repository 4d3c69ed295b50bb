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
        /// The client goes on elsewhere, but the node had the claim already: the next HEAD or PATCH settles it, and it
        /// can begin nothing new.
        case leftClaimed
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

    /// So many bytes of the upload, and when the gate opens others than the upload's: by then nothing of this request
    /// may count any more.
    case poisoned(after: Int64, Gate)
    /// So many bytes, a pause in ms, and the rest.
    case dawdling(Int64, pause: Int)

    enum Cut: Sendable { case finish, reset, hang }

    var description: String {
        switch self {
        case .whole: "whole"
        case .pieces(let count, let pause): "in \(count) pieces, \(pause) ms apart"
        case .chunked(let count): "in \(count) chunks"
        case .cut(let after, let cut): "cut after \(after) (\(cut))"
        case .poisoned(let after, _): "after \(after) bytes others than the upload's"
        case .dawdling(let first, let pause): "after \(first) bytes a pause of \(pause) ms"
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
    /// Called when the node says `100 Continue`, which it does when it has the claim and the file; the body goes out
    /// after that only.
    var onContinue: (@Sendable () -> Void)?

    var description: String {
        guard let body else { return "\(method) \(path.suffix(12))" }
        return "\(method) \(path.suffix(12)) [\(body.lowerBound), \(body.upperBound)) \(shape)"
    }
}
