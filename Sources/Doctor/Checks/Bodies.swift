import NIOHTTP1

extension Examination {
    /// Whether bytes arrive while their request goes on. The first half is sent, and while it is, another connection
    /// asks what has come.
    @Sendable func checkBuffering(_ folder: String) async throws -> [Diagnosis] {
        let half = 256 * 1024
        let upload = try await visitor.newUpload(in: folder, length: Int64(2 * half), filename: "buffering.bin")
        let line = try await visitor.begin(.PATCH, upload, Visitor.append(at: 0), count: Int64(2 * half))
        try await line.send([UInt8](repeating: 2, count: half))
        let begin = ContinuousClock.now
        var sent = half
        var seen: Int64 = 0
        while seen == 0, ContinuousClock.now - begin < settings.patience, line.ending == nil {
            try await Task.sleep(for: .milliseconds(200))
            // A slow client: some bytes now and then.
            if sent < half + 4096 {
                try await line.send([UInt8](repeating: 2, count: 64))
                sent += 64
            }
            seen = try await visitor.offsetFromAside(upload) ?? 0
        }
        guard seen > 0 else { return [Self.buffered(line, settings.patience)] }
        let taken = ContinuousClock.now - begin
        return [
            .ok("request-buffering", "bytes arrive while their request goes on (the first within \(Self.words(taken)))")
        ] + (try await takeOver(upload, line, total: 2 * half))
    }

    private static func buffered(_ line: Line, _ patience: Duration) -> Diagnosis {
        if let ending = line.ending {
            return .wrong(
                "request-buffering", "half a body was sent slowly, and \(ending)", why: "slow clients cannot upload",
                remedy: "raise the proxy's time limits for bodies (nginx: `client_body_timeout`)")
        }
        return .wrong(
            "request-buffering", "of half a body, nothing has arrived after \(words(patience))",
            why: "the proxy keeps each request until it is complete: what a cut connection had sent is lost, uploads "
                + "begin again, and every byte is written to the proxy's disk first",
            remedy:
                "switch request buffering off (nginx: `proxy_request_buffering off;` with `proxy_http_version 1.1;`; "
                + "HAProxy: no `option http-buffer-request`; Apache: no `ProxyPass` with `proxy-sendcl`)")
    }

    /// HEAD over another connection stops the writer, and its offset is accepted.
    private func takeOver(_ upload: String, _ line: Line, total: Int) async throws -> [Diagnosis] {
        let head = try await visitor.head(upload)
        guard head.status == 200, let offset = head.offset, offset > 0 else {
            return [
                .wrong(
                    "hand-over", "HEAD beside a running PATCH gives \(head.status) \(head["Upload-Offset"] ?? "")",
                    why: "a client whose connection hangs cannot go on with its upload",
                    remedy: "look at the front nodes' logs: can they reach each other through the database (LISTEN)?")
            ]
        }
        let rest = [UInt8](repeating: 2, count: total - Int(offset))
        let reply = try await visitor.ask(.PATCH, upload, Visitor.append(at: offset), body: rest)
        line.close()
        guard reply.status == 204 else {
            return [
                .wrong(
                    "hand-over", "a PATCH at the offset that HEAD gave is answered with \(reply.status) \(reply.text)",
                    why: "a client whose connection hangs cannot go on with its upload",
                    remedy: "look at the front nodes' logs: can they reach each other through the database (LISTEN)?")
            ]
        }
        return [.ok("hand-over", "a new connection takes a hanging one's upload over, with \(offset) bytes of it kept")]
    }

    static func words(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds / 100 % 10) s"
    }

    /// A body that pauses is not cut.
    @Sendable func checkPause(_ folder: String) async throws -> [Diagnosis] {
        let upload = try await visitor.newUpload(in: folder, length: 2000, filename: "pause.bin")
        let line = try await visitor.begin(.PATCH, upload, Visitor.append(at: 0), count: 2000)
        let half = [UInt8](repeating: 3, count: 1000)
        try await line.send(half)
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < settings.pause, line.ending == nil {
            try await Task.sleep(for: .milliseconds(50))
        }
        let lasted = ContinuousClock.now - begin
        do {
            try await line.send(half)
            try await line.end()
            let reply = try await line.finalReply()
            if reply.status == 204 {
                return [.ok("long-body", "a body may pause for \(Self.words(lasted))")]
            }
            return [Self.cut("a body that paused for \(Self.words(lasted)) is answered with \(reply.status)")]
        } catch {
            return [Self.cut("a body that paused was cut after \(Self.words(lasted)): \(error)")]
        }
    }

    private static func cut(_ message: String) -> Diagnosis {
        .wrong(
            "long-body", message, why: "clients on bad networks pause; each cut costs them a new connection",
            remedy: "let the proxy wait for bodies as long as tussock does, 60 s (TUSSOCK_IDLE_TIMEOUT) (nginx: "
                + "`client_body_timeout`, `proxy_send_timeout`; HAProxy: `timeout client`; Apache: `RequestReadTimeout "
                + "body=0`)")
    }

    /// Announces bodies of ever fewer bytes until one is let through; no such body is sent.
    @Sendable func checkSizes(_ folder: String) async throws -> [Diagnosis] {
        let most: Int64 = 16 << 30
        guard let refusal = try await refusal(of: most, folder) else {
            return [.ok("size-limit", "a body of 16 GiB may be sent")]
        }
        if refusal.isOurs {
            return [
                .note(
                    "size-limit", "tussock itself takes no body of 16 GiB: \(refusal.status) \(refusal.text)",
                    why: "that is its own setting, or its volume is full",
                    remedy: "see TUSSOCK_MAX_SIZE, TUSSOCK_QUOTA_BYTES and TUSSOCK_MIN_FREE_BYTES")
            ]
        }
        var (passes, fails): (Int64, Int64) = (0, most)
        while fails - passes > max(passes / 16, 1024) {
            let middle = passes == 0 && fails > 1 << 20 ? 1 << 20 : passes + (fails - passes) / 2
            if let refusal = try await self.refusal(of: middle, folder), !refusal.isOurs {
                fails = middle
            } else {
                passes = middle
            }
        }
        return [
            .wrong(
                "size-limit", "the proxy answers \(refusal.status) to bodies of more than about \(Self.size(passes))",
                why: "larger files cannot be sent in one request, and few clients know how to split them",
                remedy:
                    "lift the proxy's limit (nginx: `client_max_body_size 0;`; Apache: `LimitRequestBody 0`); if it "
                    + "cannot be lifted, clients must send chunks below it (TUSSOCK_MAX_APPEND_SIZE tells those of the "
                    + "HTTP draft)")
        ]
    }

    /// What a PATCH is answered that announces `count` bytes and sends some; nil if it is let go on.
    private func refusal(of count: Int64, _ folder: String) async throws -> Reply? {
        let upload = try await visitor.newUpload(in: folder, length: nil, filename: "size.bin")
        let line = try await visitor.begin(.PATCH, upload, Visitor.append(at: 0), count: count)
        defer { line.close() }
        try await line.send([1, 2, 3, 4])
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < settings.patience {
            if let reply = try await line.reply(within: .milliseconds(100)) {
                if !reply.isInterim { return reply }
            } else if let ending = line.ending {
                throw Line.Trouble(description: "a PATCH announced \(count) bytes, and \(ending)")
            } else if let offset = try await visitor.offsetFromAside(upload), offset > 0 {
                // It has reached the volume: nobody minded the length.
                return nil
            }
        }
        return nil
    }

    private static func size(_ bytes: Int64) -> String {
        bytes >= 10 << 30 ? "\(bytes >> 30) GiB" : bytes >= 10 << 20 ? "\(bytes >> 20) MiB" : "\(bytes >> 10) KiB"
    }
}
