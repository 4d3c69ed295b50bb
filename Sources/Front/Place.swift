import Content
import HTTPTypes
import Synchronization
import UploadProtocol

/// The content that a request's path names, and who asks: found, and allowed.
struct Place: Sendable {
    var principal: Principal
    var item: ContentItem
    /// From the root down to the item.
    var trail: [ContentItem]

    /// Throws 401 without credentials, 404 when nothing stands there, 403 when the principal may not do it.
    ///
    /// Where the folder is remembered, it is not looked for, within `Exchange.confirming`: the statement that comes
    /// next finds or makes an upload in it, or else refuses.
    /// - Parameter path: nil: that of the request.
    static func find(
        _ exchange: Exchange, at path: [String]? = nil, for permission: Permission
    ) async throws -> Place {
        let principal = try await exchange.principal()
        let resolved = try await resolve(exchange, path)
        guard resolved.isComplete else {
            throw TusError.notFound("Resource not found: \(exchange.url(of: path ?? exchange.route.path))")
        }
        let place = Place(principal: principal, item: resolved.last, trail: resolved.items)
        try place.allow(permission)
        return place
    }

    private func allow(_ permission: Permission) throws {
        guard principal.may(permission, owner: item.owner) else {
            throw TusError.forbidden("\(quoted(principal.name)) may not \(permission.rawValue) here")
        }
    }

    /// What an upload here needs: to add to a folder, or to modify the item whose file it replaces.
    static func ofUploads(_ exchange: Exchange, at path: [String]? = nil) async throws -> Place {
        let place = try await find(exchange, at: path, for: .view)
        try place.allowUploads()
        return place
    }

    /// The same by what this node remembers; nil when it does not, or when it may not be.
    static func rememberedOfUploads(_ exchange: Exchange) -> Place? {
        guard let header = exchange.fields[.authorization],
            let principal = exchange.node.authenticator.remembered(authorization: header),
            let path = exchange.node.content.remembered(exchange.route.path)
        else { return nil }
        let place = Place(principal: principal, item: path.last, trail: path.items)
        guard (try? place.allow(.view)) != nil, (try? place.allowUploads()) != nil else { return nil }
        exchange.record.isSent(by: principal.name)
        return place
    }

    private func allowUploads() throws {
        try allow(item.kind.isFolderish ? .add : .modify)
    }

    private static func resolve(_ exchange: Exchange, _ path: [String]?) async throws -> ResolvedPath {
        let content = exchange.node.content
        if let path { return try await content.resolve(path) }
        let guess = exchange.mayGuess ? content.remembered(exchange.route.path) : nil
        let resolved = if let guess { guess } else { try await content.resolve(exchange.route.path) }
        exchange.found(resolved, isGuessed: guess != nil)
        return resolved
    }

    /// Whose uploads the principal may touch: nil for anybody's.
    var ownerOfUploads: String? {
        principal.may(.manage, owner: nil) ? nil : principal.name
    }
}
