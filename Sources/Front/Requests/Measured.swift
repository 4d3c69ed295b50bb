import Meters

/// What this module counts and times.
enum Measured {
    static let bytesReceived = CountMeter(.bytesReceived)
    static let requests = TimeMeterTable<RequestKind>(.requests) { kind in
        [kind.method.rawValue, kind.endpoint.rawValue, kind.status == 0 ? "none" : "\(kind.status)"]
    }
}

/// A request as metrics see it: few values, whatever clients send.
struct RequestKind: Hashable, Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
        case other

        init(_ name: String) {
            self = Method(rawValue: name) ?? .other
        }
    }

    enum Endpoint: String, Sendable {
        case content, download, uploads, upload, replace, jobs, unknown, malformed
    }

    var method: Method
    var endpoint: Endpoint
    /// 0 for a request that got no answer.
    var status: Int
}

extension Route {
    /// Which of the endpoints, for metrics and the log.
    var kind: RequestKind.Endpoint {
        switch endpoint {
        case .content: .content
        case .download: .download
        case .upload(_, nil): .uploads
        case .upload: .upload
        case .replace: .replace
        case .jobs: .jobs
        case .unknown: .unknown
        }
    }
}
