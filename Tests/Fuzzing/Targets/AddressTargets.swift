import Front
import HTTPTypes
import UploadProtocol

extension FuzzTarget {
    static let addresses: [FuzzTarget] = [
        FuzzTarget(
            "route", like: ["/plone/@upload/00112233445566778899aabbccddeeff", "/++api++/a%2Fb/@@download/file"]
        ) {
            text in
            guard let route = Route(text) else { throw Refused() }
            for segment in route.path {
                try hold(!["", ".", "..", "++api++"].contains(segment), "no segment means another place")
                try hold(!segment.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "no segment has control characters")
                try hold(segment.utf8.first != UInt8(ascii: "@"), "no segment of content is a view")
            }
            if let api = route.api { try hold((0...route.path.count).contains(api), "++api++ has a place") }
        },
        FuzzTarget(
            "forwarded",
            fields: [
                "Forwarded: for=192.0.2.1;host=a.org;proto=https, for=\"[2001:db8::1]:80\";by=_x",
                "Forwarded: host=\"a.org:8443\"\nX-Forwarded-Prefix: /files",
                "X-Forwarded-For: 192.0.2.1, 10.0.0.2\nX-Forwarded-Proto: https, http\nX-Forwarded-Host: a.org, b\n"
                    + "X-Forwarded-Port: 8443\nX-Forwarded-Prefix: /a/b/",
            ]
        ) { fields in
            let trusted = try TrustedProxies(parsing: "10.0.0.0/8")
            let view = ForwardedView(fields, peer: IPAddress("10.0.0.1"), trusted: trusted)
            guard let authority = view.authority ?? Authority("x") else { throw Refused() }
            try url(PublicBase(scheme: view.scheme ?? .http, authority: authority, prefix: view.prefix ?? "").text)
            let untrusted = ForwardedView(fields, peer: IPAddress("192.0.2.1"), trusted: trusted)
            try hold(untrusted == ForwardedView([:], peer: nil, trusted: trusted), "only the trusted are believed")
            if view == untrusted { throw Refused() }
        },
        FuzzTarget("forwarded-line", like: ["for=_a;host=\"a\\\"b\";proto=https , by=unknown", "a=b;;c=d,,"]) { text in
            guard Forwarded.parse(text) != nil else { throw Refused() }
        },
        FuzzTarget("public-url", like: ["https://files.example.org/a/b/", "HTTP://[::1]:8080"]) { text in
            let base = try PublicBase(parsing: text)
            try url(base.text)
            try hold(try PublicBase(parsing: base.text) == PublicBase(parsing: text), "its text means the same")
        },
        FuzzTarget("host", like: ["example.org:8080", "[2001:db8::1]:443", "a_b.c-d"]) { text in
            guard let authority = Authority(text) else { throw Refused() }
            try url(PublicBase(scheme: .http, authority: authority).text)
        },
        FuzzTarget(
            "trusted-proxies", like: ["10.0.0.0/8, 192.0.2.7 fd00::/8", "::ffff:10.0.0.0/104", "0.0.0.0/0,::/0"]
        ) {
            text in
            let list = try TrustedProxies(parsing: text)
            _ = list.contains(IPAddress("10.1.2.3"))
            _ = list.contains(IPAddress("fd00::1"))
            try hold(!list.contains(nil), "nobody is not trusted")
        },
        FuzzTarget("ip-address", like: ["192.0.2.1:80", "[2001:db8::1]:80", "::ffff:1.2.3.4", "unknown"]) { text in
            guard IPAddress(node: text) != nil else { throw Refused() }
        },
        FuzzTarget("cors-origins", like: ["https://a.org http://localhost:3000", "*", "capacitor://localhost"]) {
            text in
            let origins = try AllowedOrigins(parsing: text)
            var answer = HTTPFields()
            CrossOrigin(origins).describe(&answer, to: [.origin: text], isPreflight: true)
            try hold(answer.allSatisfy { $0.value.isFieldValue }, "fields are ASCII")
        },
        FuzzTarget(
            "folder-json", like: [#"{"@type": "Folder", "id": "a", "title": "\u00e9", "x": [{}, 1e9]}"#, "[[]]"]
        ) {
            text in
            let request = try FolderRequest(parsing: .init(text.utf8))
            try hold(request.title?.utf8.contains(0) != true, "PostgreSQL can keep it")
        },
    ]

    /// Throws unless it can stand in a header, a link and HTML.
    private static func url(_ text: String) throws {
        try hold(text.hasPrefix("http://") || text.hasPrefix("https://"), "an absolute URL: \(text)")
        try hold(
            text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"<>\\`{}|^?#".utf8.contains($0) }, "a plain URL")
        try hold(!text.hasSuffix("/"), "no slash at the end: \(text)")
    }
}
