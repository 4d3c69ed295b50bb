import Content
import Synchronization
import UploadProtocol

/// The content that a request's path names, and who asks: found, and allowed.
struct Place: Sendable {
    var principal: Principal
    var item: ContentItem
    /// From the root down to the item.
    var trail: [ContentItem]

    /// Throws 401 without credentials, 404 when nothing stands there, 403 when the principal may not do it.
    /// - Parameter path: nil: that of the request.
    static func find(
        _ exchange: Exchange, at path: [String]? = nil, for permission: Permission
    ) async throws -> Place {
        let path = path ?? exchange.route.path
        let principal = try await exchange.principal()
        let resolved = try await exchange.node.content.resolve(path)
        if path == exchange.route.path { exchange.place.withLock { $0 = resolved } }
        guard resolved.isComplete else {
            throw TusError.notFound("Resource not found: \(exchange.url(of: path))")
        }
        guard principal.may(permission, owner: resolved.last.owner) else {
            throw TusError.forbidden("\(quoted(principal.name)) may not \(permission.rawValue) here")
        }
        return Place(principal: principal, item: resolved.last, trail: resolved.items)
    }

    /// What an upload here needs: to add to a folder, or to modify the item whose file it replaces.
    static func ofUploads(_ exchange: Exchange, at path: [String]? = nil) async throws -> Place {
        let place = try await find(exchange, at: path, for: .view)
        let permission: Permission = place.item.kind.isFolderish ? .add : .modify
        guard place.principal.may(permission, owner: place.item.owner) else {
            throw TusError.forbidden("\(quoted(place.principal.name)) may not \(permission.rawValue) here")
        }
        return place
    }

    /// Whose uploads the principal may touch: nil for anybody's.
    var ownerOfUploads: String? {
        principal.may(.manage, owner: nil) ? nil : principal.name
    }
}
