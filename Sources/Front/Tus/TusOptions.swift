import HTTPTypes
import Hummingbird
import UploadProtocol

/// OPTIONS: what this server can do. tus 1.0.0, Core, OPTIONS: "the Server MUST respond with the `204 No Content` or
/// `200 OK` status". No credentials are needed.
enum TusOptions {
    static func answer(_ exchange: Exchange) -> Response {
        Response(status: .noContent, headers: Tus.optionsFields(exchange.limits))
    }
}
