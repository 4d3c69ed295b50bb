import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// `104 (Upload Resumption Supported)`.
    @Suite struct DraftInterim {
        @Test func theUploadIsAnnouncedBeforeAByteIsRead() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let connection = try await client.begin(
                    "POST", "\(folder)/@upload", DraftClient.creation(complete: true, count: 6))
                let announcement = try await connection.interim()
                #expect(announcement.status == 104)
                let upload = try #require(announcement.location)
                try await connection.send(Data("abc".utf8))
                try await cluster.receive(3, of: upload)
                connection.end(reset: true)
                try await cluster.release(of: upload)
                let other = DraftClient(cluster.client(1))
                #expect(try await other.offset(upload) == 3)
                let last = try await other.append(upload, Data("def".utf8), at: 3, complete: true)
                #expect((last.status, last.location) == (201, "\(folder)/a.bin"))
                #expect(try await cluster.client().download("\(folder)/a.bin") == Data("abcdef".utf8))
            }
        }

        @Test(arguments: [nil, "7", "9", "eight", "8, 8"])
        func aClientOfAnotherInteropVersionGetsNoneAndIsServedAllTheSame(version: String?) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client(), interop: version)
                let fields = DraftClient.creation(complete: true, count: 3)
                let answers = try await client.conversation("POST", "\(folder)/@upload", fields, body: Data("abc".utf8))
                #expect(answers.interim.isEmpty)
                #expect((answers.final.status, answers.final.location) == (201, "\(folder)/a.bin"))
            }
        }

        @Test func progressIsToldAtCheckpointsWithoutALocation() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                let connection = try await client.beginAppend(upload, at: 0, complete: true, count: 2 << 20)
                let bytes = TestBytes.make(2 << 20)
                try await connection.send(bytes.prefix(1 << 20))
                let progress = try await connection.interim()
                #expect((progress.status, progress["Location"]) == (104, nil))
                #expect(progress["Upload-Draft-Interop-Version"] == "8")
                let told = try #require(progress.offset)
                #expect((1...1 << 20).contains(told))
                // What was told is committed already.
                let row = try await cluster.row(upload, "\"offset\"")
                #expect(Int64(row).map { $0 >= told } == true)
                try await connection.send(bytes.dropFirst(1 << 20))
                #expect(try await connection.answer().status == 201)
            }
        }

        @Test func creationsTellTheirProgressToo() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let connection = try await client.begin(
                    "POST", "\(folder)/@upload", DraftClient.creation(complete: true, count: 6))
                #expect(try await connection.interim().location != nil)
                try await connection.send(Data("abc".utf8))
                let progress = try await connection.interim()
                #expect((progress.status, progress.offset, progress["Location"]) == (104, 3, nil))
                try await connection.send(Data("def".utf8))
                #expect(try await connection.answer().status == 201)
            }
        }

        @Test func aCreationNamesOneLocationInAllItsResponses() async throws {
            try await SharedCluster.use { cluster, folder in
                let fields = DraftClient.creation(complete: false, count: 3)
                let answers = try await DraftClient(cluster.client())
                    .conversation("POST", "\(folder)/@upload", fields, body: Data("abc".utf8))
                #expect(answers.interim.first?["Location"] == answers.final["Location"])
                #expect((answers.final.status, answers.final["Location"] != nil) == (201, true))
            }
        }

        @Test func continueIsSentBesideTheAnnouncement() async throws {
            try await SharedCluster.use { cluster, folder in
                let fields = DraftClient.creation(complete: true, count: 3).merging(["Expect": "100-continue"]) { $1 }
                let connection = try await DraftClient(cluster.client()).begin("POST", "\(folder)/@upload", fields)
                #expect(try await connection.interim().status == 104)
                #expect(try await connection.interim().status == 100)
                try await connection.send(Data("abc".utf8))
                #expect(try await connection.answer().status == 201)
            }
        }

        @Test func aClientOfHTTP10GetsNoInterimResponse() async throws {
            try await SharedCluster.use { cluster, folder in
                let login = Data("admin:\(Cluster.password)".utf8).base64EncodedString()
                let connection = try HTTPConnection.open(cluster.port(0))
                let lines = [
                    "POST \(folder)/@upload HTTP/1.0", "Host: 127.0.0.1", "Authorization: Basic \(login)",
                    "Upload-Draft-Interop-Version: 8", "Upload-Complete: ?1", "Content-Length: 3",
                    "Expect: 100-continue", "Content-Disposition: inline; filename=a.bin",
                ]
                try await connection.send(Data((lines.joined(separator: "\r\n") + "\r\n\r\nabc").utf8))
                let answers = try await connection.answers()
                #expect(answers.interim.isEmpty)
                #expect((answers.final.status, answers.final.location) == (201, "\(folder)/a.bin"))
            }
        }

        @Test func aRefusedCreationAnnouncesNothing() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let fields = DraftClient.creation(complete: true, length: 4, count: 3)
                let answers = try await client.conversation("POST", "\(folder)/@upload", fields, body: Data("abc".utf8))
                #expect(answers.interim.isEmpty)
                #expect((answers.final.status, answers.final.problem) == (400, "inconsistent-upload-length"))
            }
        }
    }
}
