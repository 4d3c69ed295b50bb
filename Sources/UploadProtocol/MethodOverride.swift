package import HTTPTypes

extension Tus {
    /// The method that a request means, for clients which can only send POST.
    ///
    /// Core, X-HTTP-Method-Override: it "MUST be a string which MUST be interpreted as the request's method by the
    /// Server, if the header is presented. The actual method of the request MUST be ignored." We keep that for POST
    /// alone (API.md §3, as tusd does): a method that may be prefetched, cached or retried must not turn into a
    /// DELETE. Throws `invalidHeader` if the value is none of `overrides` or is sent twice. Methods are case-sensitive.
    package static func method(
        of method: HTTPRequest.Method, _ fields: HTTPFields
    ) throws(TusError) -> HTTPRequest.Method {
        guard method == .post, let text = try fields.single(.xHTTPMethodOverride) else { return method }
        guard let override = overrides.first(where: { $0.rawValue == text }) else {
            let known = overrides.map(\.rawValue).joined(separator: ", ")
            throw .invalidHeader(.xHTTPMethodOverride, "expected one of \(known), got \(quoted(text))")
        }
        return override
    }

    /// What a POST may stand for: the verbs of tus, and GET, which plone.restapi's clients use for long queries.
    static let overrides: [HTTPRequest.Method] = [.post, .head, .patch, .delete, .options, .get]
}
