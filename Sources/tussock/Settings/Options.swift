import ArgumentParser

/// Options of every command.
struct CommonOptions: ParsableArguments {
    @Option(help: "A YAML or JSON file with settings, such as `max_size: 1073741824`.")
    var config: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Option(help: "json or text. (default: text)")
    var logFormat: String?

    var settings: [String: String?] { ["log_level": logLevel, "log_format": logFormat] }
}

struct DatabaseOptions: ParsableArguments {
    @Option(help: "The database, as a libpq URI or conninfo. (required)")
    var databaseUrl: String?

    var settings: [String: String?] { ["database_url": databaseUrl] }
}

struct VolumeOptions: ParsableArguments {
    @Option(help: "The shared volume's folder. (required)")
    var volume: String?

    @Option(
        help: """
            fsync: an acknowledged byte survives power loss; page-cache: it survives a crash of the process. \
            (default: fsync)
            """)
    var durability: String?

    var settings: [String: String?] { ["volume": volume, "durability": durability] }
}

struct OperationsOptions: ParsableArguments {
    @Option(help: "Where /livez, /readyz and /metrics are answered. (default: 127.0.0.1)")
    var opsHost: String?

    @Option(help: "The port of that; 0 is off. (default: 9090)")
    var opsPort: String?

    var settings: [String: String?] { ["ops_host": opsHost, "ops_port": opsPort] }
}

struct TLSOptions: ParsableArguments {
    @Option(help: "PEM file with the certificate chain, the server's own first: TLS with HTTP/2. (default: no TLS)")
    var tlsCertificate: String?

    @Option(help: "PEM file with the certificate's private key.")
    var tlsKey: String?

    var settings: [String: String?] { ["tls_certificate": tlsCertificate, "tls_key": tlsKey] }
}

struct UploadOptions: ParsableArguments {
    @Option(help: "Base of absolute URLs, such as https://files.example.org. (default: what the request's Host says)")
    var publicUrl: String?

    @Option(
        help: """
            Addresses and networks of proxies whose Forwarded and X-Forwarded-* headers are believed, such as \
            10.0.0.0/8,::1. (default: none)
            """)
    var trustedProxies: String?

    @Option(help: "Web origins whose pages may upload, such as https://example.org; * for any. (default: none)")
    var corsOrigins: String?

    @Option(help: "Largest upload, bytes. (default: none)")
    var maxSize: String?

    @Option(help: "Largest content of one request of the HTTP draft, bytes; for proxies that limit it. (default: none)")
    var maxAppendSize: String?

    @Option(help: "Seconds that an unfinished upload lives after its last byte. (default: 86400)")
    var expireAfter: String?

    @Option(help: "Seconds that the request with the last byte waits for the item. (default: 10)")
    var finalizeWait: String?

    @Option(help: "Seconds that a silent writer keeps its claim. (default: 30)")
    var leaseSeconds: String?

    @Option(help: "Seconds after which a connection is closed on which nothing arrives. (default: 60)")
    var idleTimeout: String?

    @Option(help: "Unfinished bytes of one user. (default: any number)")
    var quotaBytes: String?

    @Option(help: "Unfinished uploads of one user. (default: any number)")
    var quotaUploads: String?

    @Option(help: "Below this much free space, in bytes, new bytes get 507. (default: 1073741824)")
    var minFreeBytes: String?

    var settings: [String: String?] {
        [
            "public_url": publicUrl, "trusted_proxies": trustedProxies, "cors_origins": corsOrigins,
            "max_size": maxSize, "expire_after": expireAfter, "finalize_wait": finalizeWait,
            "lease_seconds": leaseSeconds, "quota_bytes": quotaBytes, "quota_uploads": quotaUploads,
            "max_append_size": maxAppendSize, "min_free_bytes": minFreeBytes, "idle_timeout": idleTimeout,
        ]
    }
}

/// What commands give to `Settings`.
func merged(_ options: [String: String?]...) -> [String: String?] {
    options.reduce(into: [:]) { $0.merge($1) { _, later in later } }
}
