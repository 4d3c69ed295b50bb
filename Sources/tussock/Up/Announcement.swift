import Content

/// What the person at the terminal sees once everything runs.
struct Announcement: Sendable {
    /// `http` or `https`.
    var scheme: String
    var host: String
    var ports: [Int]
    /// Of the operations listeners; none unless they were asked for.
    var operationsHost: String
    var operations: [Int]
    var folder: DataFolder
    var postgres: PrivatePostgres
    /// The administrator's password, if it was made up just now.
    var password: String?
    /// Whether TUSSOCK_ADMIN_PASSWORD was set.
    var isGiven = false

    private func url(_ port: Int) -> String { Self.url(scheme, host, port) }

    private static func url(_ scheme: String, _ host: String, _ port: Int) -> String {
        "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// A line of its own, where there is something to tell.
    private var metrics: String {
        guard !operations.isEmpty else { return "" }
        return "\n  metrics   "
            + operations.map { Self.url("http", operationsHost, $0) + "/metrics" }.joined(separator: "  ")
    }

    var text: String {
        let user = Accounts.administrator
        return """

            Tussock runs. \(ports.map(url).joined(separator: "  "))
              login     \(user)  \(login)
              data      \(folder.path)\(metrics)

            Upload a file; any of yours for ./photo.jpg:

              \(command)

            Ctrl-C stops everything; the data stays.

            """
    }

    private var login: String {
        if let password { return "\(password)   (shown this once; TUSSOCK_ADMIN_PASSWORD sets another)" }
        return isGiven
            ? "the password in TUSSOCK_ADMIN_PASSWORD"
            : "the password that the first start showed; TUSSOCK_ADMIN_PASSWORD sets another"
    }

    /// One POST with all the bytes; the answer's `Link` names the item.
    private var command: String {
        let credentials = password.map { "\(Accounts.administrator):\($0)" } ?? Accounts.administrator
        return #"""
            f=./photo.jpg; curl -i -X POST -u '\#(credentials)' \#(url(ports[0]))/@upload -H 'Tus-Resumable: 1.0.0' \
                  -H "Upload-Length: $(stat -c %s "$f")" \
                  -H "Upload-Metadata: filename $(basename "$f" | tr -d '\n' | base64 -w0)" \
                  -H 'Content-Type: application/offset+octet-stream' -T "$f"
            """#
    }
}
