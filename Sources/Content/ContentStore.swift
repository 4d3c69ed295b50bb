package import Foundation
package import Postgres

/// Why content cannot be read or changed. Database trouble comes as `PostgresError`.
package enum ContentError: Error, Sendable, Equatable {
    /// Nothing stands there.
    case notFound
    /// The folder has something of that name already.
    case nameTaken(String)
    /// The root cannot be deleted.
    case rootIsFixed
}

/// What stands along a path, from the root to the last part that exists.
package struct ResolvedPath: Sendable, Equatable {
    /// Never empty: the root comes first.
    package var items: [ContentItem]
    /// Whether the whole path exists.
    package var isComplete: Bool

    package var last: ContentItem { items[items.count - 1] }

    /// From below the root down to the last.
    package var names: [String] { items.dropFirst().map(\.name) }
}

/// The tree of items: looking up, listing, folders, deleting.
package struct ContentStore: Sendable {
    let pool: PostgresPool
    private let paths: Paths
    private let resolving: SharedRead<[String], [ContentItem]>
    private let naming: SharedRead<UUID, [String]?>
    private let finding: SharedRead<UUID, ContentItem?>

    package init(pool: PostgresPool) {
        self.pool = pool
        let paths = Paths(pool)
        self.paths = paths
        resolving = SharedRead(paths.items(along:))
        naming = SharedRead(paths.names(of:))
        finding = SharedRead(paths.items(_:))
    }

    /// Follows a path from the root; one statement, whatever its depth, and for others that come at the same time.
    package func resolve(_ segments: [String]) async throws -> ResolvedPath {
        let items = try await resolving(segments)
        guard !items.isEmpty else { throw ContentError.notFound }
        return ResolvedPath(items: items, isComplete: items.count == segments.count + 1)
    }

    /// The folders along a path as they were last seen here, without a question; nil if they are not known.
    ///
    /// A folder keeps its name, its place and its owner as long as it is there. So whatever shows that the last one is
    /// there shows that the whole path is; if it is not, the path may be another one's by now. An upload that is not
    /// removed shows it, since its folder's end removes it; but for one that was made in the moment of that end, which
    /// lasts until its own.
    package func remembered(_ segments: [String]) -> ResolvedPath? {
        paths.remembered(segments).map { ResolvedPath(items: $0, isComplete: true) }
    }

    package func find(_ id: UUID) async throws -> ContentItem? {
        try await finding(id)
    }

    /// The SHA-256 of a finished file, 32 bytes; nil if nobody ever asked for it.
    package func sha256(ofBlob blob: UUID) async throws -> [UInt8]? {
        try await pool.first(DigestOfBlob(blob: blob)) ?? nil
    }

    /// The names from the root (left out) down to the item; nil if it does not exist any more.
    /// - Parameter place: where it probably stands; what is known of that is not asked for.
    package func path(of id: UUID, probablyIn place: ResolvedPath? = nil) async throws -> [String]? {
        guard let place else { return try await naming(id) }
        guard let item = try await find(id) else { return nil }
        if item.id == place.last.id { return place.names }
        return item.parent == place.last.id ? place.names + [item.name] : try await naming(id)
    }

    /// The published items of a folder in the order of their creation, and how many there are in all.
    package func children(of folder: UUID, offset: Int, limit: Int) async throws -> (items: [ContentItem], total: Int) {
        let total = try await pool.first(CountChildren(folder: folder)) ?? 0
        let items = try await pool.query(ListChildren(folder: folder, offset: offset, limit: limit))
        return (items, total)
    }

    /// A new folder under exactly this name, or, when the name was made from a title, under the first free one.
    package func createFolder(
        in parent: UUID, name: ItemName, isExplicit: Bool, title: String, description: String, owner: String
    ) async throws -> ContentItem {
        for number in 0...(isExplicit ? 0 : 100) {
            let statement = InsertFolder(
                id: UUID(), parent: parent, name: name.candidate(number), title: title, description: description,
                owner: owner)
            do {
                if let folder = try await pool.first(statement) { return folder }
            } catch let error as PostgresError where error.sqlState == "23503" {
                throw ContentError.notFound
            }
        }
        throw ContentError.nameTaken(name.preferred)
    }

    /// Removes an item with all that is below it, and ends the uploads into it. Their bytes are left to the sweeper.
    package func delete(_ item: ContentItem) async throws {
        guard item.parent != nil else { throw ContentError.rootIsFixed }
        while true {
            do {
                guard try await pool.first(DeleteItem(id: item.id)) ?? 0 > 0 else { throw ContentError.notFound }
                return
            } catch let error as PostgresError where ["23503", "40P01"].contains(error.sqlState) {
                continue  // something was added below it meanwhile, or two deletions met: again
            }
        }
    }
}

extension UUID {
    /// 32 lower-case hex digits: the UID of an item, and the name of a file on the volume.
    package var hex: String {
        withUnsafeBytes(of: uuid) { bytes in
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
