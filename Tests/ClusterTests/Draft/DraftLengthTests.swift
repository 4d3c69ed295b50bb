import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Lengths that must agree, and limits that are held.
    @Suite struct DraftLengths {
        @Test func aChunkedLastPartEndsAnUploadOfUnknownLength() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                let connection = try await client.beginAppend(upload, at: 0, complete: true, count: nil)
                try await connection.sendChunk(Data("abc".utf8))
                try await connection.sendChunk(Data("defgh".utf8))
                try await connection.sendChunk(Data())
                #expect(try await connection.answer().location == "\(folder)/a.bin")
                #expect(try await cluster.row(upload, "length") == "8")
                #expect(try await cluster.client().download("\(folder)/a.bin") == Data("abcdefgh".utf8))
            }
        }

        @Test(arguments: [nil, 8 as Int64])
        func aCutLastPartCompletesNothingEvenWithAllBytes(length: Int64?) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, length: length)
                let connection = try await client.beginAppend(upload, at: 0, complete: true, count: nil)
                try await connection.sendChunk(Data("abcdefgh".utf8))
                try await cluster.receive(8, of: upload)
                connection.end(reset: true)
                try await cluster.release(of: upload)
                let head = try await DraftClient(cluster.client(1)).head(upload)
                #expect((head.offset, head["Upload-Complete"]) == (8, "?0"))
                let last = try await client.append(upload, Data(), at: 8, complete: true)
                #expect((last.status, last.location) == (201, "\(folder)/a.bin"))
            }
        }

        @Test func aLengthThatIsToldLaterIsKeptAndMustStay() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                let first = try await client.append(
                    upload, Data("abc".utf8), at: 0, complete: false, ["Upload-Length": "8"])
                #expect(first.status == 204)
                #expect(try await DraftClient(cluster.client(1)).head(upload)["Upload-Length"] == "8")
                for (bytes, fields) in [("de", ["Upload-Length": "9"]), ("defg", [:])] {
                    let answer = try await client.append(upload, Data(bytes.utf8), at: 3, complete: true, fields)
                    #expect((answer.status, answer.problem) == (400, "inconsistent-upload-length"))
                }
                #expect(try await client.append(upload, Data("defgh".utf8), at: 3, complete: true).status == 201)
            }
        }

        @Test func aLengthThatIsReachedWhenItIsToldIsKept() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                #expect(try await client.append(upload, Data("abc".utf8), at: 0, complete: false).status == 204)
                let told = try await client.append(upload, Data(), at: 3, complete: false, ["Upload-Length": "3"])
                #expect(told.status == 204)
                let head = try await client.head(upload)
                #expect((head["Upload-Length"], head["Upload-Complete"]) == ("3", "?0"))
            }
        }

        @Test(arguments: [true, false])
        func anOverlongUploadIsInvalidFromThenOn(isAnnounced: Bool) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, length: 4)
                let connection = try await client.beginAppend(
                    upload, at: 0, complete: false, count: isAnnounced ? 5 : nil)
                if isAnnounced {
                    try await connection.send(Data("abcde".utf8))
                } else {
                    try await connection.sendChunk(Data("abcde".utf8))
                }
                let answer = try await connection.answer()
                #expect((answer.status, answer.problem) == (400, "inconsistent-upload-length"))
                let other = DraftClient(cluster.client(1))
                #expect(try await other.head(upload).status == 410)
                let later = try await other.append(upload, Data("abcd".utf8), at: 0, complete: true)
                #expect((later.status, later.detail.contains("Upload-Length")) == (410, true))
                #expect(try await cluster.listed(folder) == 0)
            }
        }

        @Test func aChunkedLastPartThatEndsTooSoonIsInconsistent() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, length: 4)
                let connection = try await client.beginAppend(upload, at: 0, complete: true, count: nil)
                try await connection.sendChunk(Data("abc".utf8))
                try await connection.sendChunk(Data())
                #expect(try await connection.answer().problem == "inconsistent-upload-length")
                let head = try await client.head(upload)
                #expect((head.offset, head["Upload-Complete"]) == (3, "?0"))
                #expect(try await client.append(upload, Data("d".utf8), at: 3, complete: true).status == 201)
            }
        }

        @Test func limitsAreToldAndHeld() async throws {
            try await withCluster(serve: ["--max-size", "100", "--max-append-size", "60"]) { cluster in
                let client = DraftClient(cluster.client())
                let limits = "max-size=100, max-append-size=60, max-age="
                let options = try await client.request("OPTIONS", "/@upload")
                #expect(options["Upload-Limit"]?.hasPrefix(limits) == true)
                #expect(options["Accept-Patch"] == "application/partial-upload")
                for (length, count) in [(101 as Int64?, 3), (nil, 61)] {
                    let refused = try await client.create(
                        in: "", complete: false, length: length, body: Data(repeating: 65, count: count))
                    #expect((refused.status, refused["Upload-Limit"]?.hasPrefix(limits)) == (413, true))
                    #expect(refused["Content-Type"] == "application/problem+json")
                }
                let upload = try await client.newUpload(in: "")
                #expect(try await client.head(upload)["Upload-Limit"]?.hasPrefix(limits) == true)
                let part = Data(repeating: 65, count: 60)
                #expect(try await client.append(upload, part, at: 0, complete: false).status == 204)
                #expect(try await client.append(upload, part, at: 60, complete: false).status == 413)
                let connection = try await client.beginAppend(upload, at: 60, complete: true, count: nil)
                try await connection.sendChunk(Data(repeating: 65, count: 41))
                let overrun = try await connection.answer()
                #expect((overrun.status, overrun["Upload-Limit"] != nil) == (413, true))
                #expect(try await client.offset(upload) == 60)
                let last = try await client.append(upload, Data(repeating: 65, count: 40), at: 60, complete: true)
                #expect(last.status == 201)
            }
        }
    }
}
