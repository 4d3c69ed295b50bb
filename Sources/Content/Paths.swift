import Foundation
import Postgres
import Synchronization

/// From paths to items and back, for questions that come at the same time.
///
/// To follow a path name by name costs the database far more than to read items by their ids. So the items that stood
/// along a path are remembered, as a guess: they are read by their ids, and if their names and folders still make up
/// the path, that is the answer, as new as any. If not, the path is followed.
final class Paths: Sendable {
    /// Paths that are remembered at most.
    private static let most = 1000

    private let pool: PostgresPool
    private let known = Mutex<[[String]: [ContentItem]]>([:])

    init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// The folders that stood along the path when it was last followed; nil if none are known, or if it ends elsewhere.
    func remembered(_ path: [String]) -> [ContentItem]? {
        guard let items = known.withLock({ $0[path] }), items.last?.kind.isFolderish == true else { return nil }
        return items
    }

    /// The items along each path, the root first, as far as they exist.
    func items(along asked: [[String]]) async throws -> [[ContentItem]] {
        let paths = Set(asked)
        var found = try await guessed(paths)
        let others = paths.subtracting(found.keys)
        found.merge(try await followed(others)) { $1 }
        return asked.map { found[$0] ?? [] }
    }

    private func guessed(_ paths: Set<[String]>) async throws -> [[String]: [ContentItem]] {
        let guesses = known.withLock { known in paths.reduce(into: [:]) { $0[$1] = known[$1]?.map(\.id) } }
        guard !guesses.isEmpty else { return [:] }
        let byID = try await byID(Set(guesses.values.joined()))
        return guesses.compactMapValues { ids in ids.compactMap { byID[$0] } }.filter { isTrail($1, along: $0) }
    }

    /// Whether the items stand below each other under these names, from the root down.
    private func isTrail(_ items: [ContentItem], along path: [String]) -> Bool {
        guard items.count == path.count + 1, items[0].parent == nil else { return false }
        return path.indices.allSatisfy { items[$0 + 1].parent == items[$0].id && items[$0 + 1].name == path[$0] }
    }

    private func followed(_ paths: Set<[String]>) async throws -> [[String]: [ContentItem]] {
        var found: [[String]: [ContentItem]] = [:]
        // A name that the joined text would split, or lose, goes alone.
        let plain = paths.filter { path in path.allSatisfy { !$0.isEmpty && !$0.contains("/") } }.map(\.self)
        if plain.count > 1 {
            for (number, item) in try await pool.query(ResolvePaths(paths: plain)) {
                found[plain[number - 1], default: []].append(item)
            }
        }
        for path in plain.count > 1 ? paths.subtracting(plain) : paths {
            found[path] = try await pool.query(ResolvePath(segments: path))
        }
        remember(found)
        return found
    }

    /// Those that exist to their end; the others are forgotten.
    private func remember(_ found: [[String]: [ContentItem]]) {
        known.withLock { known in
            for (path, items) in found {
                guard items.count == path.count + 1 else {
                    known[path] = nil
                    continue
                }
                if known.count >= Self.most, known[path] == nil { known = [:] }
                known[path] = items.map(\.withoutTexts)
            }
        }
    }

    /// The names from below the root down to each item; nil for one that there is not.
    func names(of ids: [UUID]) async throws -> [[String]?] {
        guard ids.count > 1 else { return [try await pool.first(PathOfItem(id: ids[0]))] }
        let found = try await pool.query(PathsOfItems(ids: ids))
        let byID = Dictionary(found.map { ($0.id, $0.names) }, uniquingKeysWith: { $1 })
        return ids.map { byID[$0] }
    }

    /// The item's row alone; nil for one that there is not.
    func items(_ ids: [UUID]) async throws -> [ContentItem?] {
        let byID = try await byID(Set(ids))
        return ids.map { byID[$0] }
    }

    private func byID(_ ids: Set<UUID>) async throws -> [UUID: ContentItem] {
        let found = try await pool.query(FindItems(ids: Array(ids)))
        return Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }
}

extension ContentItem {
    /// Of bounded size.
    fileprivate var withoutTexts: ContentItem {
        var item = self
        (item.title, item.description) = ("", "")
        return item
    }
}
