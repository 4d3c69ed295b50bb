import Content
import HTTPTypes
import Hummingbird
import Pages
import UploadProtocol

/// The dashboard at `/@jobs/` (API.md, section 6), its files, and `/@jobs/access`: who looks, and what they may do.
struct Dashboard: Sendable {
    let exchange: Exchange

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    /// nil for what is not the dashboard's.
    /// - Parameter words: the path behind `@jobs`.
    func answer(_ words: [String]) async throws -> Response? {
        guard [.get, .head].contains(exchange.method), words.count <= 1 else { return nil }
        switch words.first {
        case nil: return AcceptField(exchange.fields[.accept]).wantsPage ? try await page() : nil
        case "access": return try await access()
        case let name?: return DashboardFiles.parts[name].map { PageResponse.answer($0, to: exchange) }
        }
    }

    /// 401 makes the browser ask for a password. One who may not look gets the page too, with 403: it says why.
    private func page() async throws -> Response {
        let mayMonitor = try await exchange.principal().mayMonitor
        // The page's links are relative to the slash.
        guard exchange.uri.path.hasSuffix("/") else {
            let query = exchange.uri.query.map { "?\($0)" } ?? ""
            return Response(status: .temporaryRedirect, headers: [.location: "@jobs/\(query)", .vary: "Accept"])
        }
        return PageResponse.answer(DashboardFiles.page, to: exchange, status: mayMonitor ? .ok : .forbidden)
    }

    private func access() async throws -> Response {
        let principal = try await exchange.principal()
        guard principal.mayMonitor else {
            throw TusError.forbidden("\(quoted(principal.name)) may not see jobs; the roles Manager and Monitor may")
        }
        return ErrorResponses.json(
            .ok,
            [
                "@id": .string(exchange.base + "/@jobs/access"), "user": .string(principal.name),
                "role": .optional(principal.role?.rawValue), "may_steer": .bool(principal.maySteer),
            ], [.cacheControl: "private, no-cache"])
    }
}
