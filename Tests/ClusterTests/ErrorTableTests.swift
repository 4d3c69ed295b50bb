import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// The table of errors in API.md §3, row by row.
    @Suite struct ErrorTable {
        private func check(
            _ answer: Answer, _ status: Int, _ type: String, _ word: String? = nil,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status, sourceLocation: sourceLocation)
            #expect(answer.errorType == type, sourceLocation: sourceLocation)
            #expect(answer["Tus-Resumable"] == "1.0.0", sourceLocation: sourceLocation)
            #expect(answer["Content-Type"]?.hasPrefix("application/json") == true, sourceLocation: sourceLocation)
            if let word { #expect(answer.errorMessage?.contains(word) == true, sourceLocation: sourceLocation) }
        }

        @Test func otherVersionsAreRefusedAndTheOwnIsNamed() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                for version in ["0.2.2", "1.0", "", nil] {
                    for (method, path) in [
                        ("POST", "\(folder)/@upload"), ("PATCH", upload), ("DELETE", upload), ("HEAD", upload),
                    ] {
                        let answer = try await client.request(method, path, ["Tus-Resumable": version])
                        #expect(answer.status == 412)
                        #expect(answer["Tus-Version"] == "1.0.0")
                        if method != "HEAD" { check(answer, 412, "Precondition Failed", "Unsupported version") }
                    }
                }
                #expect(try await client.offset(upload) == 0)
            }
        }

        @Test func optionsIgnoresTheVersionOfTheRequest() async throws {
            try await SharedCluster.use { cluster, folder in
                for version in ["1.0.0", "0.2.2", "", nil] {
                    let answer = try await cluster.client().request(
                        "OPTIONS", "\(folder)/@upload", ["Tus-Resumable": version])
                    #expect(answer.status == 204)
                    #expect(answer["Tus-Version"] == "1.0.0")
                }
            }
        }

        @Test(arguments: [
            ("Upload-Length", nil), ("Upload-Length", "-1"), ("Upload-Length", "abc"), ("Upload-Length", ""),
            ("Upload-Length", "99999999999999999999"), ("Upload-Metadata", "filename not-base64!"),
            ("Upload-Metadata", "a YQ==,a YQ=="),
        ])
        func aMalformedCreationNamesTheHeader(field: String, value: String?) async throws {
            try await SharedCluster.use { cluster, folder in
                let answer = try await cluster.client().create(
                    in: folder, length: 3, filename: "a.txt", [field: value])
                check(answer, 400, "Bad Request", field)
            }
        }

        @Test(arguments: [
            ("Upload-Offset", nil), ("Upload-Offset", "-1"), ("Upload-Offset", "x"), ("Upload-Offset", "0, 0"),
            ("Upload-Length", "4"),
        ])
        func aMalformedPatchNamesTheHeader(field: String, value: String?) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let fields = TusClient.patchFields(at: 0, count: 3).merging([field: value]) { $1 }
                check(
                    try await client.request("PATCH", upload, fields, body: Data("abc".utf8)), 400, "Bad Request", field
                )
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
            }
        }

        @Test func bodiesOfAnotherTypeAreRefused() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                for type in [nil, "application/octet-stream", "text/plain"] {
                    let fields = TusClient.patchFields(at: 0, count: 3).merging(["Content-Type": type]) { $1 }
                    let answer = try await client.request("PATCH", upload, fields, body: Data("abc".utf8))
                    check(answer, 415, "Unsupported Media Type")
                }
            }
        }

        @Test func aWrongOffsetIsToldTheCurrentOne() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 8, filename: "a.txt")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
                for offset: Int64 in [0, 2, 4, 8, 1 << 40] {
                    let answer = try await client.patch(upload, Data("x".utf8), at: offset)
                    check(answer, 409, "Conflict")
                    #expect(answer.offset == 3)
                }
                #expect(try await client.patch(upload, Data("defgh".utf8), at: 3).status == 204)
                check(try await client.patch(upload, Data("x".utf8), at: 3), 409, "Conflict")
                check(try await client.patch(upload, Data("x".utf8), at: 8), 400, "Bad Request")
            }
        }

        @Test func moreBytesThanTheLengthAreRefusedByContentLength() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                check(try await client.patch(upload, Data("abcd".utf8), at: 0), 400, "Bad Request", "Upload-Length")
                #expect(try await client.offset(upload) == 0)
                let created = try await client.create(
                    in: folder, length: 3, filename: "b.txt", body: Data("abcd".utf8))
                check(created, 400, "Bad Request", "Upload-Length")
            }
        }

        @Test func sizesOverTheLimitAreRefused() async throws {
            try await withCluster(serve: ["--max-size", "100"]) { cluster in
                let client = cluster.client()
                let options = try await client.request("OPTIONS", "/@upload")
                #expect((options["Tus-Max-Size"], options["Upload-Limit"]) == ("100", "max-size=100, max-age=86400"))
                check(try await client.create(in: "", length: 101, filename: "a"), 413, "Request Entity Too Large")
                #expect(try await client.create(in: "", length: 100, filename: "a").status == 201)
                let large = "filename " + Data(repeating: 65, count: 13_000).base64EncodedString()
                let answer = try await client.create(in: "", length: 1, filename: "a", ["Upload-Metadata": large])
                check(answer, 413, "Request Entity Too Large")
            }
        }

        @Test func unknownPlacesAndUploadsAreNotFound() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                #expect(try await client.createFolder("other", in: folder).status == 201)
                let id = upload.suffix(32)
                let unknown = [
                    "\(folder)/@upload/" + String(repeating: "0", count: 32), "\(folder)/@upload/xyz",
                    "\(folder)/other/@upload/\(id)", "\(folder)/@upload/\(id)0",
                ]
                for path in unknown {
                    #expect(try await client.head(path).status == 404)
                    #expect(try await client.head(path).offset == nil)
                    check(try await client.patch(path, Data("x".utf8), at: 0), 404, "Not Found")
                    check(try await client.request("DELETE", path), 404, "Not Found")
                    check(try await client.request("GET", path), 404, "Not Found")
                }
                let nowhere = try await client.create(in: "\(folder)/nowhere", length: 3, filename: "a.txt")
                check(nowhere, 404, "Not Found")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
                check(try await client.create(in: "\(folder)/a.txt", length: 3, filename: "a"), 400, "Bad Request")
                let replace = try await client.create(in: folder, length: 3, filename: "a", endpoint: "@tus-replace")
                check(replace, 400, "Bad Request")
            }
        }

        @Test func requestsWithoutCredentialsAreChallengedOnEveryVerb() async throws {
            try await SharedCluster.use { cluster, folder in
                let upload = try await cluster.client().newUpload(in: folder, length: 3, filename: "a.txt")
                for credentials in [nil, "admin:wrong", "nobody:x"] {
                    let client = TusClient(port: cluster.port(0), credentials: credentials)
                    let answers = [
                        try await client.create(in: folder, length: 3, filename: "b"),
                        try await client.patch(upload, Data("abc".utf8), at: 0),
                        try await client.request("DELETE", upload), try await client.request("GET", upload),
                    ]
                    for answer in answers {
                        check(answer, 401, "Unauthorized")
                        #expect(answer["WWW-Authenticate"]?.hasPrefix("Basic") == true)
                    }
                    let head = try await client.head(upload)
                    #expect((head.status, head.offset) == (401, nil))
                }
            }
        }

        @Test func anotherUsersUploadIsForbiddenOnEveryVerb() async throws {
            try await SharedCluster.use { cluster, folder in
                let name = folder.dropFirst()
                // The admin's password, for a Contributor and a Reader.
                try await cluster.sql(
                    """
                    INSERT INTO account (name, password, role)
                    SELECT '\(name)-' || lower(role.name), password, role.name FROM account,
                        (VALUES ('Contributor'), ('Reader')) AS role(name) WHERE account.name = 'admin'
                    """)
                let upload = try await cluster.client().newUpload(in: folder, length: 3, filename: "a.txt")
                for role in ["contributor", "reader"] {
                    let credentials = "\(name)-\(role):\(Cluster.password)"
                    let client = TusClient(port: cluster.port(0), credentials: credentials)
                    #expect(try await client.head(upload).status == 403)
                    check(try await client.patch(upload, Data("abc".utf8), at: 0), 403, "Forbidden")
                    check(try await client.request("DELETE", upload), 403, "Forbidden")
                    check(try await client.request("GET", upload), 403, "Forbidden")
                    let created = try await client.create(in: folder, length: 1, filename: "b")
                    #expect(created.status == (role == "reader" ? 403 : 201))
                    // Now that the node remembers who that is.
                    #expect(try await client.head(upload).status == 403)
                }
                #expect(try await cluster.client().patch(upload, Data("abc".utf8), at: 0).status == 204)
            }
        }

        @Test func quotasAreHeldBeforeABodyIsRead() async throws {
            try await withCluster(serve: ["--quota-bytes", "1000", "--quota-uploads", "2"]) { cluster in
                let client = cluster.client()
                check(try await client.create(in: "", length: 1001, filename: "a"), 413, "Request Entity Too Large")
                let first = try await client.newUpload(in: "", length: 900, filename: "a")
                check(try await client.create(in: "", length: 101, filename: "b"), 413, "Request Entity Too Large")
                _ = try await client.newUpload(in: "", length: 1, filename: "b")
                check(try await client.create(in: "", length: 1, filename: "c"), 413, "Request Entity Too Large")
                #expect(try await client.request("DELETE", first).status == 204)
                #expect(try await client.create(in: "", length: 1, filename: "c").status == 201)
            }
        }

    }
}
