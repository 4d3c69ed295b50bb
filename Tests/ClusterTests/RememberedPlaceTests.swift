import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// A node goes by what it remembers of a folder. Another node may have deleted that meanwhile, and something else
    /// may stand in its place.
    @Suite struct RememberedPlaces {
        enum Request: CaseIterable {
            case creation, whole, streamed, draft, draftWhole, concatenation
            case head, show, patch, wholePatch, deletion, draftHead, append

            var status: Int {
                switch self {
                case .head, .show: 200
                case .draftHead, .patch, .wholePatch, .deletion, .append: 204
                case .creation, .whole, .streamed, .draft, .draftWhole, .concatenation: 201
                }
            }

            var isOfDraft: Bool { [.draft, .draftWhole, .draftHead, .append].contains(self) }
        }

        private static let small = TestBytes.make(60_000)
        private static let large = TestBytes.make(1 << 20)

        private static func newUpload(
            _ request: Request, in folder: String, at client: TusClient
        ) async throws -> TusClient.Upload {
            if request.isOfDraft { return try await DraftClient(client).newUpload(in: folder, length: 60_000) }
            guard request == .concatenation else {
                return try await client.newUpload(in: folder, length: 60_000, filename: "a.bin")
            }
            let part = try await client.create(
                in: folder, length: 60_000, filename: "part", ["Upload-Concat": "partial"], body: small)
            guard let location = part.location else { throw UnexpectedAnswer(part) }
            return location
        }

        private static func ask(
            _ request: Request, in folder: String, for upload: TusClient.Upload, at client: TusClient
        ) async throws -> Answer {
            let draft = DraftClient(client)
            return switch request {
            case .creation: try await client.create(in: folder, length: 3, filename: "new.bin")
            case .whole: try await client.create(in: folder, length: 60_000, filename: "new.bin", body: small)
            case .streamed: try await client.create(in: folder, length: 1 << 20, filename: "new.bin", body: large)
            case .draft: try await draft.create(in: folder, complete: false, filename: "new.bin")
            case .draftWhole: try await draft.create(in: folder, complete: true, filename: "new.bin", body: small)
            case .head: try await client.head(upload)
            case .show: try await client.request("GET", upload)
            case .deletion: try await client.request("DELETE", upload)
            case .patch: try await client.patch(upload, small.prefix(100), at: 0)
            case .wholePatch: try await client.patch(upload, small, at: 0)
            case .draftHead: try await draft.head(upload)
            case .append: try await draft.append(upload, small.prefix(100), at: 0, complete: false)
            case .concatenation:
                try await client.create(
                    in: folder, length: 0, filename: "new.bin",
                    ["Upload-Length": nil, "Upload-Concat": "final;\(upload)"])
            }
        }

        /// A folder below the test's, which the first node knows.
        private func known(_ cluster: Cluster, in folder: String) async throws -> String {
            #expect(try await cluster.client().createFolder("sub", in: folder).status == 201)
            let path = "\(folder)/sub"
            let upload = try await cluster.client().newUpload(in: path, length: 3, filename: "first.bin")
            #expect(try await cluster.client().offset(upload) == 0)
            return path
        }

        @Test(arguments: Request.allCases)
        func ofAFolderThatIsGoneNothingIsFound(request: Request) async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await known(cluster, in: folder)
                let upload = try await Self.newUpload(request, in: path, at: cluster.client(1))
                #expect(try await cluster.client(1).request("DELETE", path).status == 204)
                let answer = try await Self.ask(request, in: path, for: upload, at: cluster.client())
                #expect(answer.status == 404)
                #expect(try await cluster.client().createFolder("sub", in: folder).status == 201)
                #expect(try await cluster.listed(path) == 0)
            }
        }

        @Test(arguments: Request.allCases)
        func anotherFolderInItsPlaceIsFound(request: Request) async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await known(cluster, in: folder)
                #expect(try await cluster.client(1).request("DELETE", path).status == 204)
                #expect(try await cluster.client(1).createFolder("sub", in: folder).status == 201)
                let upload = try await Self.newUpload(request, in: path, at: cluster.client(1))
                let answer = try await Self.ask(request, in: path, for: upload, at: cluster.client())
                #expect(answer.status == request.status)
                switch request {
                case .whole, .draftWhole: #expect(try await cluster.client().download("\(path)/new.bin") == Self.small)
                case .wholePatch: #expect(try await cluster.client().download("\(path)/a.bin") == Self.small)
                case .streamed: #expect(try await cluster.client().download("\(path)/new.bin") == Self.large)
                case .concatenation: #expect(try await cluster.client().download("\(path)/new.bin") == Self.small)
                case .patch: #expect(try await cluster.client(1).offset(upload) == 100)
                case .append: #expect(try await DraftClient(cluster.client(1)).offset(upload) == 100)
                case .deletion: #expect(try await cluster.client(1).head(upload).status == 410)
                case .creation, .draft, .head, .show, .draftHead: break
                }
            }
        }

        @Test func aFileInItsPlaceIsReplaced() async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await known(cluster, in: folder)
                #expect(try await cluster.client(1).request("DELETE", path).status == 204)
                let file = try await cluster.client(1).create(
                    in: folder, length: 60_000, filename: "sub", body: Self.small)
                #expect(file.status == 201)
                let fields = DraftClient.creation(complete: true, filename: "sub", length: nil, count: 1 << 20)
                let answer = try await DraftClient(cluster.client()).request(
                    "POST", "\(path)/@upload-replace", fields, body: Self.large)
                #expect(answer.status == 201)
                #expect(try await cluster.client().download(path) == Self.large)
            }
        }

        @Test func aCompleteUploadOfTheDraftIsGoneWithItsFolder() async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await known(cluster, in: folder)
                let draft = DraftClient(cluster.client())
                let upload = try await draft.newUpload(in: path)
                #expect(try await draft.append(upload, Self.small, at: 0, complete: true).status < 300)
                #expect(try await cluster.client(1).request("DELETE", path).status == 204)
                #expect(try await draft.head(upload).status == 404)
                #expect(try await DraftClient(cluster.client(1)).head(upload).status == 404)
            }
        }
    }
}
