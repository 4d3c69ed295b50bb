import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    @Suite struct Memory {
        private static let bound = 200 << 20

        @Test func manyUploadsAtOnceStayWithinTheBound() async throws {
            try await withCluster { cluster in
                let bytes = TestBytes.make(8 << 20)
                let client = cluster.client()
                try await withThrowingDiscardingTaskGroup { group in
                    for number in 0..<64 {
                        group.addTask {
                            let upload = try await client.newUpload(in: "", length: 8 << 20, filename: "\(number).bin")
                            let connection = try await client.beginPatch(upload, at: 0, count: 8 << 20)
                            try await connection.send(bytes, within: .seconds(100))
                            let answer = try await connection.answer(within: .seconds(100))
                            #expect((answer.status, answer.offset) == (204, 8 << 20))
                        }
                    }
                }
                let peak = try #require(ProcessTable.peakMemory(of: cluster.front(0).pid))
                #expect(peak < Self.bound, "\(peak >> 20) MiB")
                #expect(try await client.download("/63.bin") == bytes)
            }
        }
    }
}
