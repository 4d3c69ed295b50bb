import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Requests that are refused before their body is read.
    @Suite struct Refusals {
        /// A body that is refused: what is wrong with the request, and the answer that it gets.
        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            var fields: [String: String?]
            var status: Int
            var testDescription: String { name }
        }

        static let gibibyte: Int64 = 1 << 30
        static let cases = [
            Case(name: "wrong offset", fields: ["Upload-Offset": "5"], status: 409),
            Case(name: "no credentials", fields: ["Authorization": nil], status: 401),
            Case(name: "wrong version", fields: ["Tus-Resumable": "0.2.2"], status: 412),
            Case(name: "wrong type", fields: ["Content-Type": "application/json"], status: 415),
            Case(name: "too long", fields: [:], status: 400),
            Case(name: "no offset", fields: ["Upload-Offset": nil], status: 400),
        ]

        private func refusedPatch(_ client: TusClient, _ folder: String, _ refusal: Case) async throws -> HTTPConnection
        {
            let upload = try await client.newUpload(in: folder, length: Self.gibibyte - 1, filename: "a.bin")
            let fields = TusClient.patchFields(at: 0, count: Self.gibibyte).merging(refusal.fields) { $1 }
            return try await client.begin("PATCH", upload, fields)
        }

        @Test(arguments: cases)
        func aRefusedBodyIsNotDrainedAndTheReasonCanBeRead(refusal: Case) async throws {
            try await SharedCluster.use { cluster, folder in
                let connection = try await refusedPatch(cluster.client(), folder, refusal)
                async let sent = connection.pour(TestBytes.make(1 << 20), count: Self.gibibyte)
                let answer = try await connection.answer()
                #expect(answer.status == refusal.status)
                #expect(answer["Tus-Resumable"] == "1.0.0")
                #expect(answer.errorType != nil)
                // What the two kernels buffer, and no more.
                #expect(try await sent < 32 << 20)
            }
        }

        @Test(arguments: cases)
        func aClientThatSendsAllBeforeItReadsSeesTheReason(refusal: Case) async throws {
            try await SharedCluster.use { cluster, folder in
                var small = refusal
                if small.fields["Content-Length"] == nil, small.name != "too long" {
                    small.fields["Content-Length"] = "200000"
                }
                let connection = try await refusedPatch(cluster.client(), folder, small)
                _ = try await connection.pour(TestBytes.make(200_000), count: 200_000)
                #expect(try await connection.answer().status == refusal.status)
            }
        }

        @Test(arguments: cases)
        func aClientThatWaitsForContinueIsRefusedAtOnce(refusal: Case) async throws {
            try await SharedCluster.use { cluster, folder in
                var waiting = refusal
                waiting.fields["Expect"] = "100-continue"
                let connection = try await refusedPatch(cluster.client(), folder, waiting)
                let head = try await connection.interim()
                #expect(head.status == refusal.status)
                #expect(try await connection.isClosedByPeer())
            }
        }

        @Test func aClientThatWaitsForContinueIsToldToGoOn() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let fields = TusClient.patchFields(at: 0, count: 3).merging(["Expect": "100-continue"]) { $1 }
                let connection = try await client.begin("PATCH", upload, fields)
                #expect(try await connection.interim().status == 100)
                try await connection.send(Data("abc".utf8))
                #expect(try await connection.answer().location == "\(folder)/a.txt")
            }
        }

        @Test func aSmallRefusedBodyLeavesTheConnectionUsable() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let fields = TusClient.patchFields(at: 1, count: 2)
                let connection = try await client.begin("PATCH", upload, fields)
                try await connection.send(Data("bc".utf8))
                #expect(try await connection.answer().status == 409)
                try await connection.sendHead("OPTIONS", upload, [("Host", "127.0.0.1"), ("Tus-Resumable", "1.0.0")])
                #expect(try await connection.answer().status == 204)
            }
        }
    }
}
