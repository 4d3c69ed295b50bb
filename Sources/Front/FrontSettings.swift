/// What an operator may set for a front node, with API.md's defaults.
package struct FrontSettings: Sendable {
    package var host = "127.0.0.1"
    package var port = 8080
    /// Base of absolute URLs; nil: what the request and its proxies say.
    package var publicURL: PublicBase?
    /// Peers whose `Forwarded` and `X-Forwarded-*` are believed.
    package var trustedProxies = TrustedProxies()
    /// Whose pages may use this service; nil: no fields of CORS.
    package var crossOrigin: CrossOrigin?
    /// Largest upload, bytes.
    package var maxSize: Int64?
    /// Largest content of one request of the HTTP draft, bytes.
    package var maxAppendSize: Int64?
    /// How long an unfinished upload lives after its last byte, seconds.
    package var expireAfter = 86_400
    /// How long the request with the last byte waits for the item, seconds.
    package var finalizeWait = 10
    /// Below this much free space new bytes get 507, bytes.
    package var minFreeBytes: Int64 = 1 << 30
    /// Unfinished bytes and unfinished uploads of one user.
    package var quotaBytes: Int64?
    package var quotaUploads: Int?
    /// A connection on which nothing arrives for so long is closed, be it between requests, in a header or in a body;
    /// what arrived of a body is committed. Seconds.
    package var idleTimeout = 60

    package init() {}
}
