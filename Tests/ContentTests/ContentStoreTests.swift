import Content
import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
import Uploads

@Suite struct ContentStoreTests {
    private static func folder(
        _ title: String, in parent: UUID = NewUpload.root, explicit: Bool = false, _ store: ContentStore
    ) async throws -> ContentItem {
        try await store.createFolder(
            in: parent, name: ItemName(title: title), isExplicit: explicit, title: title, description: "about \(title)",
            owner: "ann")
    }

    /// A published file under this name, with a blob.
    private static func file(_ name: String, in parent: UUID, _ database: MigratedDatabase) async throws -> UUID {
        let (id, blob) = (UUID(), UUID())
        try await database.script(
            """
            INSERT INTO blob (id, length) VALUES ('\(blob)', 3);
            INSERT INTO item (id, parent_id, name, kind, state, owner, filename, content_type, size, blob_id)
            VALUES ('\(id)', '\(parent)', '\(name)', 'File', 'published', 'ann', '\(name)', 'text/plain', 3, '\(blob)')
            """)
        return id
    }

    @Test func theRootIsThereFromTheFirstMigrationOn() async throws {
        try await MigratedDatabase.with { database in
            let path = try await ContentStore(pool: database.pool).resolve([])
            #expect(path.isComplete && path.items.count == 1)
            #expect(path.last.kind == .site && path.last.parent == nil && path.last.id == NewUpload.root)
        }
    }

    @Test func aPathIsFollowedAsFarAsItExists() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            let a = try await Self.folder("a", store)
            let b = try await Self.folder("b", in: a.id, store)
            let whole = try await store.resolve(["a", "b"])
            #expect(whole.isComplete && whole.items.map(\.name) == ["", "a", "b"] && whole.last == b)
            let partial = try await store.resolve(["a", "x", "b"])
            #expect(!partial.isComplete && partial.items.map(\.name) == ["", "a"])
            let none = try await store.resolve(["b"])
            #expect(!none.isComplete && none.last.kind == .site)
        }
    }

    @Test func aPathThatIsRememberedIsFollowedAnewWhenItIsAnother() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            let a = try await Self.folder("a", store)
            let b = try await Self.folder("b", in: a.id, store)
            for _ in 0..<2 { #expect(try await store.resolve(["a", "b"]).last == b) }
            try await database.script("UPDATE item SET name = 'c' WHERE id = '\(b.id)'")
            #expect(try await !store.resolve(["a", "b"]).isComplete)
            #expect(try await store.resolve(["a", "c"]).last.id == b.id)
            try await database.script("UPDATE item SET name = 'b' WHERE id = '\(b.id)'")
            try await store.delete(a)
            #expect(try await store.resolve(["a", "b"]).items.count == 1)
            let again = try await Self.folder("a", store)
            #expect(again.id != a.id)
            #expect(try await store.resolve(["a"]).last == again)
            // Many paths at once, known and unknown ones.
            let found = try await withThrowingTaskGroup(of: Bool.self) { group in
                for path in [[], ["a"], ["a", "b"], ["x"], ["a"], []] {
                    group.addTask { try await store.resolve(path).isComplete == (path.count < 2 && path != ["x"]) }
                }
                return try await group.allSatisfy { $0 }
            }
            #expect(found)
        }
    }

    @Test(arguments: ["a'b", "a\"b", "{a,b}", "NULL", "a\\b", "größe ✓", "%", "a b"])
    func aNameIsNeverMoreThanAName(name: String) async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            var named = ItemName(title: "x")
            (named.stem, named.suffix) = (name, "")
            let made = try await store.createFolder(
                in: NewUpload.root, name: named, isExplicit: true, title: name, description: "", owner: "ann")
            #expect(try await store.resolve([name]).last == made)
            #expect(try await store.path(of: made.id) == [name])
        }
    }

    @Test func anItemKnowsItsPath() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            let a = try await Self.folder("a", store)
            let b = try await Self.folder("b", in: a.id, store)
            #expect(try await store.path(of: b.id) == ["a", "b"])
            #expect(try await store.path(of: UUID()) == nil)
        }
    }

    @Test func theRootsPathIsEmptyNotAbsent() async throws {
        try await MigratedDatabase.with { database in
            let path = try await ContentStore(pool: database.pool).path(of: NewUpload.root)
            #expect(path == [])
        }
    }

    @Test func childrenComeInTheOrderOfTheirCreationInPages() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            for number in 0..<5 { _ = try await Self.folder("f\(number)", store) }
            let page = try await store.children(of: NewUpload.root, offset: 1, limit: 3)
            #expect(page.total == 5 && page.items.map(\.name) == ["f1", "f2", "f3"])
            #expect(try await store.children(of: UUID(), offset: 0, limit: 3).total == 0)
        }
    }

    @Test func aNameMadeFromATitleIsTheFirstFreeOne() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            for name in ["news", "news-1", "news-2"] {
                let folder = try await Self.folder("News", store)
                #expect(folder.name == name)
            }
        }
    }

    @Test func aNameThatWasChosenIsTakenOrRefused() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            let made = try await Self.folder("News", explicit: true, store)
            #expect(made.title == "News" && made.description == "about News" && made.owner == "ann")
            await #expect(throws: ContentError.nameTaken("news")) {
                try await Self.folder("News", explicit: true, store)
            }
        }
    }

    @Test func of20FoldersOfOneTitleAtOnceEachGetsItsOwnName() async throws {
        try await MigratedDatabase.with(poolSize: 8) { database in
            let store = ContentStore(pool: database.pool)
            let names = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await Self.folder("News", store).name } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(names == Set((1...19).map { "news-\($0)" } + ["news"]))
        }
    }

    @Test func aFolderNeedsAParentThatExists() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            await #expect(throws: ContentError.notFound) { try await Self.folder("a", in: UUID(), store) }
        }
    }

    @Test func deletingAFolderTakesAllBelowItAndFreesTheirBytes() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            let a = try await Self.folder("a", store)
            let b = try await Self.folder("b", in: a.id, store)
            _ = try await Self.file("one.txt", in: a.id, database)
            _ = try await Self.file("two.txt", in: b.id, database)
            let kept = try await Self.file("three.txt", in: NewUpload.root, database)
            try await store.delete(a)
            let left = try await store.children(of: NewUpload.root, offset: 0, limit: 10)
            #expect(left.items.map(\.id) == [kept])
            #expect(try await database.value("SELECT count(*) FROM blob WHERE deleted_at IS NOT NULL") == "2")
            await #expect(throws: ContentError.notFound) { try await store.delete(a) }
        }
    }

    @Test func theRootIsNotDeleted() async throws {
        try await MigratedDatabase.with { database in
            let store = ContentStore(pool: database.pool)
            let root = try await store.resolve([]).last
            await #expect(throws: ContentError.rootIsFixed) { try await store.delete(root) }
        }
    }

    @Test func uploadsIntoADeletedFolderEndAndTheirWritersHaveLost() async throws {
        try await TestNode.alone { node in
            let store = ContentStore(pool: node.pool)
            let a = try await Self.folder("a", store)
            let b = try await Self.folder("b", in: a.id, store)
            let (upload, claim) = try await node.uploads.createClaimed(.sample(folder: b.id))
            try await store.delete(a)
            await #expect(throws: UploadError.claimLost) { try await node.uploads.checkpoint(claim, offset: 3) }
            await #expect(throws: UploadError.claimLost) {
                try await node.uploads.complete(claim, offset: 10, as: ItemReservation(stem: "x", suffix: ""))
            }
            let row = try await node.uploads.find(upload.id)
            #expect(row?.state == .terminated && row?.isRemoved == true && row?.lease == nil)
        }
    }

    @Test func aReplacementOfADeletedFileEnds() async throws {
        try await TestNode.alone { node in
            let store = ContentStore(pool: node.pool)
            let file = try await Self.file("one.txt", in: NewUpload.root, node.database)
            let upload = try await node.uploads.create(.sample(folder: file, replaces: true))
            let item = try #require(try await store.find(file))
            try await store.delete(item)
            #expect(try await node.uploads.find(upload.id)?.state == .terminated)
        }
    }

    /// The last byte of an upload commits while its folder is deleted: either comes first, and neither fails.
    @Test func deletionAndCompletionAtOnceLeaveNothingHalf() async throws {
        try await TestNode.alone(poolSize: 8) { node in
            let store = ContentStore(pool: node.pool)
            for round in 0..<25 {
                let folder = try await Self.folder("race \(round)", store)
                var claims: [Claim] = []
                for _ in 0..<4 {
                    claims.append(try await node.uploads.createClaimed(.sample(length: 0, folder: folder.id)).1)
                }
                try await withThrowingTaskGroup { group in
                    for claim in claims {
                        group.addTask {
                            do {
                                _ = try await node.uploads.complete(
                                    claim, offset: 0, as: ItemReservation(stem: "x", suffix: ""))
                            } catch let error as UploadError where [.claimLost, .folderGone].contains(error) {}
                        }
                    }
                    group.addTask { try await store.delete(folder) }
                    try await group.waitForAll()
                }
                #expect(try await store.find(folder.id) == nil)
            }
            #expect(try await node.database.value("SELECT count(*) FROM item WHERE parent_id IS NOT NULL") == "0")
        }
    }
}
