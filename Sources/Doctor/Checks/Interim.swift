import NIOHTTP1

extension Examination {
    /// `Expect: 100-continue`: the client is told to go on before it sends.
    @Sendable func checkContinue(_ folder: String) async throws -> [Diagnosis] {
        let upload = try await visitor.newUpload(in: folder, length: 10, filename: "continue.bin")
        let fields = Visitor.append(at: 0) + [("Expect", "100-continue")]
        let line = try await visitor.begin(.PATCH, upload, fields, count: 10)
        defer { line.close() }
        let reply = try await line.reply(within: settings.patience)
        if reply?.status == 417 {
            return [
                .wrong(
                    "100-continue", "Expect: 100-continue is refused (417)",
                    why: "curl and others send it with every large body, and must ask twice",
                    remedy: "let the proxy pass the field Expect or answer it")
            ]
        }
        guard reply == nil || reply?.status == 100 else {
            return [
                .wrong(
                    "100-continue", "Expect: 100-continue is answered with \(reply?.status ?? 0)",
                    why: "a client that asks before it sends cannot send", remedy: "let the proxy pass the field Expect"
                )
            ]
        }
        try await line.send([UInt8](repeating: 4, count: 10))
        try await line.end()
        let final = try await line.finalReply()
        guard final.status == 204 else {
            return [
                .wrong(
                    "100-continue", "a PATCH with Expect: 100-continue is answered with \(final.status) \(final.text)",
                    why: "curl sends it with every large body", remedy: "let the proxy pass the field Expect")
            ]
        }
        guard reply == nil else { return [.ok("100-continue", "100 Continue gets through")] }
        return [
            .note(
                "100-continue", "100 Continue does not come", why: "curl waits a second before each large body",
                remedy: "let the proxy pass the field Expect and interim answers, or answer it itself")
        ]
    }

    /// 104 (Upload Resumption Supported): where an upload of the HTTP draft goes on, told while it still is sent.
    @Sendable func checkInterim(_ folder: String) async throws -> [Diagnosis] {
        let half = [UInt8](repeating: 5, count: 1000)
        let fields = [
            ("Upload-Complete", "?0"), ("Upload-Draft-Interop-Version", "8"),
            ("Content-Type", "application/octet-stream"), ("Content-Disposition", #"attachment; filename="104.bin""#),
        ]
        let line = try await visitor.begin(.POST, folder + "/@upload", fields, count: 2000)
        defer { line.close() }
        try await line.send(half)
        let interim = try await line.reply(within: settings.patience)
        if let interim, !interim.isInterim {
            return [Self.broken("is answered with \(interim.status) before it is sent")]
        }
        do {
            try await line.send(half)
            try await line.end()
            let final = try await line.finalReply(within: settings.patience + .seconds(15))
            guard final.status == 201 else { return [Self.broken("is answered with \(final.status) \(final.text)")] }
        } catch {
            return [
                Self.broken("gets no answer after \(interim.map { "a \($0.status)" } ?? "no interim one"): \(error)")
            ]
        }
        guard interim?.status == 104, interim?["Location"] != nil else {
            return [
                .note(
                    "104", "104 (Upload Resumption Supported) does not come",
                    why: "clients of the HTTP draft do not learn where an upload goes on while they send the first "
                        + "request, so if that is cut they begin again; tus clients are not concerned",
                    remedy: "let the proxy pass interim answers, and keep no request back until it is complete (nginx: "
                        + "`proxy_request_buffering off;`); else create uploads of the draft without content")
            ]
        }
        return [.ok("104", "104 (Upload Resumption Supported) gets through")]
    }

    private static func broken(_ what: String) -> Diagnosis {
        .wrong(
            "104", "an upload of the HTTP draft by a client that knows 104 \(what)",
            why: "such clients cannot upload: the proxy takes the interim answer for the answer",
            remedy:
                "take the field away that asks for it (nginx: `proxy_set_header Upload-Draft-Interop-Version \"\";`), "
                + "or use a proxy that passes interim answers (HAProxy, Caddy)")
    }
}
