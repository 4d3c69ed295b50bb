import Foundation
import NIOHTTP1

/// Visits a deployment as a client would, and tells what does not get through.
///
/// It works in a folder of its own, which it removes in the end with all that is in it.
package final class Examination: Sendable {
    package struct Settings: Sendable {
        /// How long a body may pause, which nothing on the way may take for its end.
        package var pause: Duration = .seconds(15)
        /// A web origin whose pages are to upload; nil: none is checked.
        package var origin: String?
        /// How long to wait for what should come at once.
        package var patience: Duration = .seconds(5)
        /// Uploads that are sent in parts over many connections.
        package var uploads = 8
        /// The checks to do, by their names; nil: all.
        package var checks: Set<String>?

        package init() {}
    }

    let visitor: Visitor
    let settings: Settings
    private let tell: @Sendable (Diagnosis) -> Void

    /// - Parameter tell: is told each diagnosis as it is made, one at a time.
    package init(
        _ site: Site, user: String?, password: String?, settings: Settings,
        tell: @escaping @Sendable (Diagnosis) -> Void
    ) {
        visitor = Visitor(site, user: user, password: password)
        self.settings = settings
        self.tell = tell
    }

    /// All that was seen. It ends early when nothing answers or nobody is let in.
    ///
    /// Cancelled, it throws `CancellationError`, but not before it has removed what it made.
    package func run() async throws -> [Diagnosis] {
        var all: [Diagnosis] = []
        let greeting = await greet()
        try Task.checkCancellation()
        add(greeting.diagnoses, to: &all)
        guard greeting.isTussock else { return all }
        // To the end: one who is called away in between would not know what there is to remove.
        let (folder, entry) = await Task { await enter() }.value
        add(entry, to: &all)
        guard let folder else { return all }
        let examined: Result<Void, any Error>
        do { examined = .success(try await examine(folder, &all)) } catch { examined = .failure(error) }
        add(await Task { await leave(folder) }.value, to: &all)
        try examined.get()
        return all
    }

    private func examine(_ folder: String, _ all: inout [Diagnosis]) async throws {
        // It takes a while, and disturbs nothing.
        async let pause = isWanted("long-body") ? guarded("long-body") { try await self.checkPause(folder) } : []
        for (name, check) in checks where isWanted(name) {
            let found = try await guarded(name) { try await check(folder) }
            add(found, to: &all)
            // Without PATCH nothing else works, and all that follows from it would hide it.
            if found.contains(where: \.endsVisit) { break }
        }
        let paused = try await pause
        add(all.contains(where: \.endsVisit) ? [] : paused, to: &all)
    }

    /// The names of all checks that can be chosen.
    package static let names = [
        "addresses", "methods", "fields", "request-buffering", "long-body", "size-limit", "100-continue", "104",
        "nodes", "cors",
    ]

    private func isWanted(_ check: String) -> Bool { settings.checks?.contains(check) ?? true }

    private typealias Check = @Sendable (String) async throws -> [Diagnosis]

    private var checks: [(String, Check)] {
        let always: [(String, Check)] = [
            ("addresses", checkAddresses), ("methods", checkMethods), ("fields", checkFields),
            ("request-buffering", checkBuffering), ("size-limit", checkSizes), ("100-continue", checkContinue),
            ("104", checkInterim), ("nodes", checkNodes),
        ]
        return settings.origin == nil ? always : always + [("cors", checkOrigin)]
    }

    private func add(_ diagnoses: [Diagnosis], to all: inout [Diagnosis]) {
        for diagnosis in diagnoses { tell(diagnosis) }
        all += diagnoses
    }

    /// A check that gets no answer where it needs one is a finding itself. Throws only when cancelled: then nothing
    /// that was seen means anything.
    private func guarded(_ name: String, _ check: () async throws -> [Diagnosis]) async throws -> [Diagnosis] {
        var found: [Diagnosis]
        do {
            found = try await check()
        } catch {
            found = [
                .wrong(
                    name, "the check could not be finished: \(error)",
                    why: "an ordinary request got no proper answer",
                    remedy: "look at the logs of the proxy and of the front nodes at this time")
            ]
        }
        try Task.checkCancellation()
        return found
    }

    // MARK: Coming and going

    /// A folder of our own; nil with the reason if there is none to be had.
    private func enter() async -> (String?, [Diagnosis]) {
        let name = "tussock-doctor-\(UInt64.random(in: .min ... .max))"
        let body = Array(#"{"@type": "Folder", "id": "\#(name)", "title": "\#(name)"}"#.utf8)
        let path = visitor.site.path.isEmpty ? "/" : visitor.site.path
        let fields = [("Content-Type", "application/json"), ("Accept", "application/json")]
        do {
            let reply = try await visitor.ask(.POST, path, fields, body: body)
            switch reply.status {
            case 201: return ("\(visitor.site.path)/\(Self.name(reply["Location"]) ?? name)", [])
            case 401:
                return (nil, [Self.refused("nobody is let in with these credentials (401)")])
            case 403, 404:
                return (nil, [Self.refused("a folder cannot be made at \(visitor.site) (\(reply.status))")])
            default:
                return (nil, [Self.refused("making a folder at \(visitor.site) gives \(reply.status) \(reply.text)")])
            }
        } catch {
            return (nil, [Self.refused("making a folder at \(visitor.site) fails: \(error)")])
        }
    }

    private static func name(_ location: String?) -> String? {
        location?.split(separator: "/").last.map(String.init)
    }

    private static func refused(_ message: String) -> Diagnosis {
        .wrong(
            "credentials", message, why: "without a folder of its own nothing more can be checked",
            remedy: "give --user and TUSSOCK_PASSWORD of an account that may add content there (Contributor or more); "
                + "if they are right, the proxy takes the Authorization field away, or asks for a login of its own")
    }

    private func leave(_ folder: String) async -> [Diagnosis] {
        let reply = try? await visitor.ask(.DELETE, folder, [("Accept", "application/json")])
        guard let reply, [200, 204].contains(reply.status) else {
            return [
                .note(
                    "cleanup",
                    "the folder \(folder) could not be removed (\(reply.map { "\($0.status)" } ?? "no answer"))",
                    remedy: "remove it by hand")
            ]
        }
        return []
    }
}
