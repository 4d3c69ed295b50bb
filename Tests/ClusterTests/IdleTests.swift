import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Connections on which nothing arrives any more.
    @Suite struct IdleConnections {
        @Test(arguments: ["", "PATCH /@upload/0123 HTTP/1.1\r\nHost: x\r\nUpload-Off"])
        func aConnectionWithoutARequestAndAHeaderThatNeverEndsAreClosed(begin: String) async throws {
            try await withCluster(finalizers: 0, serve: ["--idle-timeout", "1"]) { cluster in
                let connection = try HTTPConnection.open(cluster.port(0))
                if !begin.isEmpty { try await connection.send(Data(begin.utf8)) }
                #expect(try await connection.isClosedByPeer())
            }
        }

        @Test func whatArrivedOfABodyThatStandsStillIsCommitted() async throws {
            try await withCluster(finalizers: 0, serve: ["--idle-timeout", "5"]) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 100, filename: "a.bin")
                // With the head, so that there is no pause between the two.
                let fields = TusClient.patchFields(at: 0, count: 100)
                let connection = try await cluster.client().begin("PATCH", upload, fields, and: Data("abc".utf8))
                defer { connection.end(reset: false) }
                try await eventually("the release") {
                    try await cluster.row(upload, "\"offset\" = 3 AND lease_node IS NULL AND clean") == "t"
                }
            }
        }
    }
}
