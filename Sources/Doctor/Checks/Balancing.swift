import Foundation
import NIOHTTP1

extension Examination {
    /// A front node as the deployment has it in its register.
    private struct Front {
        /// What its answers call it.
        var name: String
        var host: String
    }

    /// Whether every front node that lives answers here too. Of those that did not yet, some more requests are given a
    /// chance, within the patience. Nothing is said to credentials that do not show which nodes there are.
    func checkBalancing() async throws -> [Diagnosis] {
        guard let fronts = try await registeredFronts(), !fronts.isEmpty else { return [] }
        let begin = ContinuousClock.now
        var left = 20 * fronts.count
        while !isComplete(fronts), left > 0, ContinuousClock.now - begin < settings.patience {
            _ = try await visitor.ask(.OPTIONS, visitor.site.path + "/@upload")
            left -= 1
        }
        let silent = fronts.filter { !visitor.nodes.contains($0.name) }
        let count = fronts.count
        guard !silent.isEmpty else {
            return [
                .ok(
                    "balancing",
                    count == 1
                        ? "the only front node that is registered answers"
                        : "all \(count) registered front nodes answer")
            ]
        }
        let names = silent.map { "\($0.name) on \($0.host)" }.sorted().joined(separator: ", ")
        return [
            .note(
                "balancing", "\(silent.count) of \(count) registered front nodes did not answer: \(names)",
                why: "a node that gets no requests takes no load, and is not there when another fails",
                remedy: "see whether the proxy knows it and finds it healthy (its /readyz); if it keeps each client at "
                    + "one node (nginx: `ip_hash`), that can go, since tussock needs no sticky sessions")
        ]
    }

    private func isComplete(_ fronts: [Front]) -> Bool {
        visitor.nodes.isSuperset(of: fronts.map(\.name))
    }

    /// Those that live; nil without the role Manager or Monitor.
    ///
    /// The register is at the root of the service, which is this site's path or above it: whatever tussock does not
    /// find is asked for one segment higher.
    private func registeredFronts() async throws -> [Front]? {
        var base = Substring(visitor.site.path)
        while true {
            let reply = try await visitor.ask(.GET, base + "/@jobs/workers", [("Accept", "application/json")])
            if reply.status == 200 { return Self.fronts(reply.body) }
            guard reply.status == 404, reply.isOurs, let end = base.lastIndex(of: "/") else { return nil }
            base = base[..<end]
        }
    }

    private static func fronts(_ body: [UInt8]) -> [Front]? {
        let json = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        let items = json?["items"] as? [[String: Any]]
        return items?.compactMap { item in
            guard item["role"] as? String == "front", item["alive"] as? Bool == true,
                let name = (item["id"] as? String)?.split(separator: ":").last
            else { return nil }
            return Front(name: String(name), host: item["host"] as? String ?? "?")
        }
    }
}
