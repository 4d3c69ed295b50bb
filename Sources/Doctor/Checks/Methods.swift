import Foundation
import NIOHTTP1

extension Examination {
    /// PATCH, HEAD and DELETE get through, and what HEAD says is fresh.
    @Sendable func checkMethods(_ folder: String) async throws -> [Diagnosis] {
        let upload = try await visitor.newUpload(in: folder, length: 100, filename: "methods.bin")
        let bytes = [UInt8](repeating: 1, count: 10)
        let first = try await visitor.head(upload)
        let patch = try await visitor.ask(.PATCH, upload, Visitor.append(at: 0), body: bytes)
        guard patch.status == 204 else { return [try await patchFails(upload, patch, bytes)] }
        let second = try await visitor.head(upload)
        var found: [Diagnosis] = []
        if first.status != 200 || second.status != 200 {
            found.append(Self.blocked("HEAD", second.status, "clients cannot ask how far an upload has come"))
        } else if second.offset == nil {
            found.append(Self.stripped("Upload-Offset", "HEAD"))
        } else if second.offset != 10 {
            found.append(Self.cached(second.offset ?? 0))
        }
        let delete = try await visitor.ask(.DELETE, upload, [Visitor.resumable])
        if delete.status != 204 {
            found.append(
                Self.blocked("DELETE", delete.status, "uploads that are given up take space until they expire"))
        }
        return found.isEmpty ? [.ok("methods", "PATCH, HEAD and DELETE get through, and HEAD is fresh")] : found
    }

    private func patchFails(_ upload: String, _ reply: Reply, _ bytes: [UInt8]) async throws -> Diagnosis {
        let override = ("X-HTTP-Method-Override", "PATCH")
        let other = try await visitor.ask(.POST, upload, Visitor.append(at: 0) + [override], body: bytes)
        let hint =
            other.status == 204 ? "; until then clients may use POST with X-HTTP-Method-Override, which works" : ""
        let who = reply.isOurs ? "tussock" : "something before tussock"
        var found = Diagnosis.wrong(
            "methods", "\(who) answers PATCH with \(reply.status) \(reply.isOurs ? reply.text : "")",
            why: "no upload gets further than its creation", remedy: "let the proxy and the firewall pass PATCH" + hint)
        found.endsVisit = true
        return found
    }

    private static func blocked(_ method: String, _ status: Int, _ why: String) -> Diagnosis {
        .wrong(
            "methods", "\(method) of an upload gives \(status)", why: why,
            remedy: "let the proxy and the firewall pass \(method)")
    }

    private static func cached(_ offset: Int64) -> Diagnosis {
        .wrong(
            "methods", "HEAD says offset \(offset) after a PATCH to 10: a cache answers",
            why: "clients go on at the wrong place, and get 409 again and again",
            remedy: "let nothing cache answers to HEAD and GET of uploads; they say Cache-Control: no-store")
    }

    static func stripped(_ field: String, _ method: String) -> Diagnosis {
        .wrong(
            "fields", "the field \(field) is missing in the answer to \(method)",
            why: "clients cannot do without it", remedy: "let the proxy pass response fields as they are")
    }

    /// Fields and statuses that a proxy may not know.
    @Sendable func checkFields(_ folder: String) async throws -> [Diagnosis] {
        var found: [Diagnosis] = []
        let upload = try await visitor.newUpload(in: folder, length: 100, filename: "fields é.bin")
        let head = try await visitor.head(upload)
        for field in ["Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires", "Tus-Resumable"]
        where head[field] == nil {
            found.append(Self.stripped(field, "HEAD"))
        }
        let wrongSum = ("Upload-Checksum", "sha1 \(Data(repeating: 0, count: 20).base64EncodedString())")
        let reply = try await visitor.ask(.PATCH, upload, Visitor.append(at: 0) + [wrongSum], body: [1, 2, 3])
        if reply.status != 460 {
            found.append(
                .wrong(
                    "fields", "a PATCH with a wrong Upload-Checksum gives \(reply.status) instead of 460",
                    why: reply.status == 204
                        ? "the field does not arrive, so bytes that were damaged on the way are accepted"
                        : "clients cannot tell a damaged body from other errors",
                    remedy: "let the proxy pass request fields and statuses as they are"))
        }
        return found.isEmpty
            ? [.ok("fields", "request and response fields get through, and so does status 460")] : found
    }
}
