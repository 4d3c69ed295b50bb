import NIOHTTP1

extension Examination {
    /// CORS: whether pages of the origin may upload.
    @Sendable func checkOrigin(_ folder: String) async throws -> [Diagnosis] {
        guard let origin = settings.origin else { return [] }
        let asked = "authorization, content-type, tus-resumable, upload-length, upload-metadata, upload-offset"
        let preflight = try await visitor.ask(
            .OPTIONS, folder + "/@upload",
            [
                ("Origin", origin), ("Access-Control-Request-Method", "PATCH"),
                ("Access-Control-Request-Headers", asked),
            ])
        let real = try await visitor.ask(.OPTIONS, folder + "/@upload", [("Origin", origin)])
        if let problem = Self.problem(preflight, real, origin) {
            return [
                .wrong(
                    "cors", problem, why: "browsers do not let pages of \(origin) upload",
                    remedy:
                        "set TUSSOCK_CORS_ORIGINS to a list that has \(origin), on every front node, and let the proxy "
                        + "neither answer OPTIONS nor add Access-Control fields of its own")
            ]
        }
        return [.ok("cors", "pages of \(origin) may upload")]
    }

    private static func problem(_ preflight: Reply, _ real: Reply, _ origin: String) -> String? {
        guard (200..<300).contains(preflight.status) else { return "a preflight gives \(preflight.status)" }
        let origins = preflight.fields["Access-Control-Allow-Origin"]
        guard origins.count < 2 else { return "Access-Control-Allow-Origin comes twice" }
        guard let allowed = origins.first, [origin, "*"].contains(allowed) else {
            return "the origin is not allowed (Access-Control-Allow-Origin: \(origins.first ?? "absent"))"
        }
        let methods = words(preflight["Access-Control-Allow-Methods"])
        guard methods.isSuperset(of: ["patch", "head", "delete"]) else {
            return "Access-Control-Allow-Methods lacks PATCH, HEAD or DELETE"
        }
        let missing = Set(["authorization", "tus-resumable", "upload-offset"])
            .subtracting(words(preflight["Access-Control-Allow-Headers"]))
        guard missing.isEmpty else {
            return "Access-Control-Allow-Headers lacks \(missing.sorted().joined(separator: ", "))"
        }
        let hidden = Set(["location", "upload-offset"]).subtracting(words(real["Access-Control-Expose-Headers"]))
        guard hidden.isEmpty else {
            return "Access-Control-Expose-Headers lacks \(hidden.sorted().joined(separator: ", "))"
        }
        return nil
    }

    private static func words(_ list: String?) -> Set<String> {
        Set((list ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " } })
    }
}
