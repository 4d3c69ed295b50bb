import Foundation
import TestSupport

/// The requests of the clients, as text.
struct Requests: Sendable {
    private let common: String

    init() {
        let login = Data("admin:\(Cluster.password)".utf8).base64EncodedString()
        common = "Host: 127.0.0.1\r\nAuthorization: Basic \(login)\r\nTus-Resumable: 1.0.0\r\n"
    }

    /// - Parameters:
    ///   - body: bytes that come with the creation; nil: none.
    ///   - partial: a part of a final upload.
    func create(_ name: String, length: Int, body: Int? = nil, partial: Bool = false) -> String {
        let filename = Data(name.utf8).base64EncodedString()
        let fields =
            body.map { "Content-Type: application/offset+octet-stream\r\nContent-Length: \($0)\r\n" }
            ?? "Content-Length: 0\r\n"
        return "POST /@upload HTTP/1.1\r\n\(common)Upload-Length: \(length)\r\n"
            + "Upload-Metadata: filename \(filename)\r\n\(partial ? "Upload-Concat: partial\r\n" : "")\(fields)\r\n"
    }

    func join(_ name: String, parts: [String]) -> String {
        let filename = Data(name.utf8).base64EncodedString()
        return "POST /@upload HTTP/1.1\r\n\(common)Upload-Concat: final;\(parts.joined(separator: " "))\r\n"
            + "Upload-Metadata: filename \(filename)\r\nContent-Length: 0\r\n\r\n"
    }

    func patch(_ path: String, at offset: Int, count: Int) -> String {
        "PATCH \(path) HTTP/1.1\r\n\(common)Upload-Offset: \(offset)\r\n"
            + "Content-Type: application/offset+octet-stream\r\nContent-Length: \(count)\r\n\r\n"
    }

    func head(_ path: String) -> String { "HEAD \(path) HTTP/1.1\r\n\(common)\r\n" }

    func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\n\(common)\r\n" }

    static let options = "OPTIONS /@upload HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    static func put(_ path: String, count: Int) -> String {
        "PUT \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(count)\r\n\r\n"
    }

    static let plainHead = "HEAD /head.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    static func plainGet(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" }
}

extension BareConnection.Head {
    /// The path of `Location`.
    func location() throws -> String {
        guard let url = field("location").flatMap({ URL(string: $0) }) else {
            throw BenchError("no Location in \(text)")
        }
        return url.path
    }

    /// Throws unless the item that the upload became can be seen.
    func isVisible() throws {
        if field("upload-finalization") != nil { throw BenchError("the item was not made in time: \(text)") }
    }
}
