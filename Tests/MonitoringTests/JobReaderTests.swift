import Foundation
import Monitoring
import TestSupport
import Testing
import Uploads

@Suite struct JobReaderTests {
    @Test func anUploadHasNoJobBeforeItsLastByte() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let id = try #require(UUID(hex: "\(upload.id)"))
            #expect(try await JobReader(pool: node.pool).job(of: id) == nil)
        }
    }

    @Test func aJobIsReadWithAllThatItsRowTells() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            _ = try await node.uploads.complete(claim, offset: 10, as: ItemReservation(stem: "note", suffix: ".txt"))
            let id = try #require(UUID(hex: "\(upload.id)"))
            let queued = try #require(try await JobReader(pool: node.pool).job(of: id))
            #expect(queued.state == "queued" && queued.phase == nil && queued.attempt == 0 && queued.upload == id)
            #expect(queued.bytesTotal == 10 && queued.bytesDone == 0 && queued.waitingFor == nil)
            try await node.database.script(
                """
                UPDATE job SET state = 'running', worker = 'w', lease_until = now(), phase = 'assemble', attempt = 3,
                    bytes_done = 4, waiting_for = 'space', error_class = 'volume', error_message = 'full'
                """)
            let running = try #require(try await JobReader(pool: node.pool).job(of: id))
            #expect(running.state == "running" && running.phase == "assemble" && running.attempt == 3)
            #expect(running.bytesDone == 4 && running.waitingFor == "space" && running.errorClass == "volume")
            #expect(running.errorMessage == "full" && abs(running.nextAt.timeIntervalSinceNow) < 60)
        }
    }
}

extension UUID {
    init?(hex: String) {
        var text = hex
        for place in [20, 16, 12, 8] { text.insert("-", at: text.index(text.startIndex, offsetBy: place)) }
        self.init(uuidString: text)
    }
}
