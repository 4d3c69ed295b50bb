import HTTPTypes
import UploadProtocol
import Uploads

/// The `104 (Upload Resumption Supported)` responses to one request; none for a client of another interop version.
struct Resumption: Sendable {
    private let exchange: Exchange
    let isUnderstood: Bool

    init(_ exchange: Exchange) {
        self.exchange = exchange
        isUnderstood = Draft.understands104(exchange.fields)
    }

    /// Tells the upload's URL before the body is read.
    ///
    /// §4.2.2: "the server SHOULD announce the upload resource by sending an interim response with the `104 (Upload
    /// Resumption Supported)` status code".
    func announce(_ upload: Upload, at location: String) {
        guard isUnderstood else { return }
        let fields = DraftFields.announcement(location: location, exchange.limits(of: upload))
        exchange.inform(Draft.resumptionSupported, fields)
    }

    /// Tells the offset that has just been committed.
    ///
    /// §4.4.2: "the server SHOULD send interim responses with a `104 (Upload Resumption Supported)` status code and the
    /// `Upload-Offset` header field set to the current offset to inform the client about the upload progress."
    func progress(_ offset: Int64) {
        guard isUnderstood else { return }
        exchange.inform(Draft.resumptionSupported, DraftFields.progress(offset: offset))
    }
}
