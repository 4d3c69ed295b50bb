import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// What the draft's endpoints refuse, and in which form; and where the two dialects meet.
    @Suite struct DraftRefusals {
        private func check(
            _ answer: Answer, _ status: Int, _ word: String = "", sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status, sourceLocation: sourceLocation)
            #expect(answer["Content-Type"] == "application/problem+json", sourceLocation: sourceLocation)
            #expect(answer.json["status"] as? Int == status, sourceLocation: sourceLocation)
            #expect(answer.json["title"] as? String != nil, sourceLocation: sourceLocation)
            #expect(word.isEmpty || answer.detail.contains(word), sourceLocation: sourceLocation)
            #expect(answer["Tus-Resumable"] == nil, sourceLocation: sourceLocation)
        }

        @Test(arguments: [
            ("Upload-Complete", "yes"), ("Content-Disposition", "inline; filename=\"..\""), ("Content-Type", "text"),
        ])
        func aMalformedCreationNamesTheField(field: String, value: String) async throws {
            try await SharedCluster.use { cluster, folder in
                let answer = try await DraftClient(cluster.client()).create(
                    in: folder, complete: true, body: Data("abc".utf8), [field: value])
                check(answer, 400, field)
                #expect(try await cluster.listed(folder) == 0)
            }
        }

        @Test(arguments: [
            ("Upload-Complete", nil, 400), ("Upload-Complete", "1", 400), ("Upload-Offset", nil, 400),
            ("Upload-Offset", "-1", 400), ("Upload-Offset", "0, 0", 400), ("Content-Type", nil, 415),
            ("Content-Type", "application/offset+octet-stream", 415), ("Content-Encoding", "gzip", 415),
        ])
        func aMalformedAppendNamesTheFieldAndChangesNothing(field: String, value: String?, status: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                let answer = try await client.append(upload, Data("abc".utf8), at: 0, complete: true, [field: value])
                check(answer, status, field)
                #expect(try await client.offset(upload) == 0)
            }
        }

        @Test func aMalformedUploadLengthIsIgnoredAsTheTextDemands() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let created = try await client.create(in: folder, complete: false, ["Upload-Length": "-5"])
                #expect(created.status == 201)
                #expect(try await client.head(created.location ?? "")["Upload-Length"] == nil)
            }
        }

        @Test func aWrongOffsetIsToldTheRightOne() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                #expect(try await client.append(upload, Data("abc".utf8), at: 0, complete: false).status == 204)
                for offset: Int64 in [0, 2, 4, 1 << 40] {
                    let answer = try await client.append(upload, Data("x".utf8), at: offset, complete: false)
                    check(answer, 409)
                    #expect((answer.offset, answer["Upload-Complete"]) == (3, "?0"))
                    #expect(answer.problem == "mismatching-upload-offset")
                    #expect(answer.json["expected-offset"] as? Int == 3)
                    #expect(answer.json["provided-offset"] as? Int == Int(offset))
                }
            }
        }

        @Test func credentialsPermissionsAndPlacesAreChecked() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                let nobody = DraftClient(TusClient(port: cluster.port(0), credentials: nil))
                let bytes = Data("abc".utf8)
                for answer in [
                    try await nobody.create(in: folder, complete: true, body: bytes),
                    try await nobody.append(upload, bytes, at: 0, complete: true),
                    try await nobody.request("DELETE", upload), try await nobody.request("GET", upload),
                ] {
                    check(answer, 401)
                    #expect(answer["WWW-Authenticate"] != nil)
                }
                #expect(try await nobody.head(upload).status == 401)
                check(try await client.create(in: "\(folder)/nowhere", complete: true), 404)
                let unknown = "\(folder)/@upload/" + String(repeating: "0", count: 32)
                check(try await client.append(unknown, bytes, at: 0, complete: true), 404)
                check(try await client.append("\(folder)/@upload/x", bytes, at: 0, complete: true), 404)
                check(try await client.request("PUT", upload, [:], body: bytes), 405, "PATCH")
                #expect(try await client.request("GET", upload).json["state"] as? String == "open")
            }
        }

        @Test func thePermissionIsAskedForAgainWhenTheUploadIsCompleted() async throws {
            try await SharedCluster.use { cluster, folder in
                let name = folder.dropFirst() + "-temp"
                // The admin's password, for an account that loses its role later.
                try await cluster.sql(
                    "INSERT INTO account (name, password, role) SELECT '\(name)', password, 'Contributor' "
                        + "FROM account WHERE account.name = 'admin'")
                let credentials = "\(name):\(Cluster.password)"
                let client = DraftClient(TusClient(port: cluster.port(0), credentials: credentials))
                let upload = try await client.newUpload(in: folder)
                try await cluster.sql("UPDATE account SET role = 'Reader' WHERE name = '\(name)'")
                let other = DraftClient(TusClient(port: cluster.port(1), credentials: credentials))
                check(try await other.append(upload, Data("abc".utf8), at: 0, complete: true), 403)
                #expect(try await cluster.listed(folder) == 0)
            }
        }

        @Test func anUploadWhoseBytesAreLostTakesNoMore() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let created = try await client.create(in: folder, complete: false, body: Data("abc".utf8))
                let upload = try #require(created.location)
                for name in cluster.chunkFiles(upload) {
                    try FileManager.default.removeItem(atPath: "\(cluster.volume)/uploads/\(name.prefix(2))/\(name)")
                }
                let refused = try await client.append(upload, Data("def".utf8), at: 3, complete: true)
                check(refused, 503)
                #expect(try await cluster.row(upload, "state || \"offset\"") == "open3")
                #expect(try await cluster.listed(folder) == 0)
            }
        }

        // MARK: Two dialects

        @Test func aTusRequestOnAnUploadOfTheDraftIsRefusedAndSaysWhy() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let connection = try await client.beginAppend(upload, at: 0, complete: true, count: 3)
                try await connection.send(Data("a".utf8))
                let tus = cluster.client(1)
                let patch = try await tus.patch(upload, Data("abc".utf8), at: 0)
                #expect((patch.status, patch.errorType) == (400, "Bad Request"))
                #expect(patch.errorMessage?.contains("application/partial-upload") == true)
                #expect(try await tus.head(upload).status == 400)
                // And its writer was not disturbed.
                try await connection.send(Data("bc".utf8))
                #expect(try await connection.answer().status == 201)
                #expect(try await tus.request("DELETE", upload).status == 204)
            }
        }

        @Test func aRequestWithoutTusResumableOnAnUploadOfTusIs412() async throws {
            try await SharedCluster.use { cluster, folder in
                let upload = try await cluster.client().newUpload(in: folder, length: 3, filename: "a.txt")
                let client = DraftClient(cluster.client())
                let patch = try await client.append(upload, Data("abc".utf8), at: 0, complete: true)
                #expect((patch.status, patch.errorType) == (412, "Precondition Failed"))
                #expect(patch["Tus-Version"] == "1.0.0")
                #expect(patch.errorMessage?.contains("an upload of tus goes on with Tus-Resumable") == true)
                #expect(try await client.head(upload).status == 412)
                #expect(try await client.request("DELETE", upload).status == 412)
                #expect(try await cluster.client().patch(upload, Data("abc".utf8), at: 0).status == 204)
            }
        }

        @Test func tusResumableSpeaksTusEvenWithUploadComplete() async throws {
            try await SharedCluster.use { cluster, folder in
                let created = try await cluster.client().create(
                    in: folder, length: 3, filename: "a.txt", ["Upload-Complete": "?1"])
                #expect((created.status, created["Tus-Resumable"]) == (201, "1.0.0"))
                #expect(try await cluster.row(created.location ?? "", "dialect") == "tus")
            }
        }
    }
}
