import Content
import HTTPTypes
import Hummingbird
import NIOCore
import Pages

/// A page, or a file of one, with all that keeps it from doing anything that is not its own.
enum PageResponse {
    /// Scripts, styles, pictures and connections of this origin alone, nothing inline; in nobody's frame. Script makes
    /// text and elements, never markup from text (`require-trusted-types-for`).
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'
        """

    private static let guards: [(String, String)] = [
        ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ]

    /// 304 when the client has it; a browser asks each time, so that a new version is seen at once.
    static func answer(_ file: PageFile, to exchange: Exchange, status: HTTPResponse.Status = .ok) -> Response {
        var fields: HTTPFields = [.eTag: file.etag, .cacheControl: "no-cache", .vary: "Accept"]
        for (name, value) in guards { HTTPField.Name(name).map { fields[$0] = value } }
        let outcome = Validators(etag: file.etag, lastModified: 0).evaluate(
            ifMatch: nil, ifNoneMatch: exchange.fields[.ifNoneMatch], ifModifiedSince: nil, ifUnmodifiedSince: nil)
        if status == .ok, outcome == .notModified { return Response(status: .notModified, headers: fields) }
        fields[.contentType] = file.contentType
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
}
