import Foundation
import NIOHTTP1

extension Examination {
    /// Uploads in parts, each over a connection of its own, so that all nodes write to and read from the volume; then
    /// the items that they become.
    @Sendable func checkNodes(_ folder: String) async throws -> [Diagnosis] {
        let failures = try await withThrowingTaskGroup(of: Diagnosis?.self) { group in
            for number in 0..<settings.uploads {
                group.addTask { try await self.roundTrip(number, folder) }
            }
            var failures: [Diagnosis] = []
            for try await failure in group { failures += failure.map { [$0] } ?? [] }
            return failures
        }
        // One of a kind is enough.
        var kinds: Set<String> = []
        let found = failures.filter { kinds.insert($0.check).inserted }
        let seen = visitor.nodes.count
        let nodes = seen == 0 ? "" : ", by \(seen) front node\(seen == 1 ? "" : "s")"
        let count = settings.uploads
        guard found.isEmpty else { return found }
        return [
            .ok("nodes", "\(count) uploads over \(count * 4) connections\(nodes): every byte was there each time"),
            .ok("finalizer", "each became an item, with the same bytes, also in ranges"),
        ] + (try await checkBalancing())
    }

    private func roundTrip(_ number: Int, _ folder: String) async throws -> Diagnosis? {
        let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
        let upload = try await visitor.newUpload(in: folder, length: 9000, filename: "node-\(number).bin")
        var last: Reply?
        for start in stride(from: 0, to: 9000, by: 3000) {
            let part = Array(bytes[start..<start + 3000])
            let reply = try await visitor.ask(.PATCH, upload, Visitor.append(at: Int64(start)), body: part)
            guard reply.status == 204, reply.offset == Int64(start + 3000) else {
                return Self.unseen("a PATCH at \(start), over a new connection, gives \(reply.status) \(reply.text)")
            }
            last = reply
        }
        guard let location = last?["Location"], let name = location.split(separator: "/").last else {
            return Self.unseen("the answer to the last byte names no item")
        }
        return try await item("\(folder)/\(name)", bytes)
    }

    private func item(_ path: String, _ bytes: [UInt8]) async throws -> Diagnosis? {
        let json = [("Accept", "application/json")]
        let begin = ContinuousClock.now
        var shown = try await visitor.ask(.GET, path, json)
        while shown.status == 202, ContinuousClock.now - begin < .seconds(20) + settings.patience {
            try await Task.sleep(for: .milliseconds(200))
            shown = try await visitor.ask(.GET, path, json)
        }
        guard shown.status == 200 else { return Self.unfinished(shown, ContinuousClock.now - begin) }
        for _ in 0..<2 {
            let whole = try await visitor.ask(.GET, path + "/@@download/file")
            guard whole.status == 200, whole.body == bytes else {
                return Self.unseen(
                    "a download gives \(whole.status) with \(whole.body.count) bytes that are not the same")
            }
        }
        let range = try await visitor.ask(.GET, path + "/@@download/file", [("Range", "bytes=100-199")])
        guard range.status == 206, range.body == Array(bytes[100..<200]) else {
            return .wrong(
                "ranges", "a request for a range gives \(range.status) with \(range.body.count) bytes",
                why: "downloads that were cut begin again, and videos cannot be skipped through",
                remedy: "let the proxy pass Range and If-Range, and neither cache nor compress downloads")
        }
        return nil
    }

    private static func unseen(_ message: String) -> Diagnosis {
        .wrong(
            "nodes", message, why: "a front node does not see what another wrote",
            remedy:
                "let TUSSOCK_VOLUME be the same shared folder on every node, mounted read-write and with close-to-open "
                + "consistency (`tussock fsck` on each node tells), and look at /readyz of each")
    }

    private static func unfinished(_ reply: Reply, _ waited: Duration) -> Diagnosis {
        let words = words(waited)
        return .wrong(
            "finalizer",
            reply.status == 202
                ? "an upload that is complete is no item after \(words)"
                : "an item gives \(reply.status) \(reply.text)",
            why: "what was uploaded does not become visible",
            remedy: "start `tussock finalize` with the same database and volume, look at `tussock jobs list` and "
                + "`tussock jobs workers`, and whether the queue is paused")
    }
}
