import Chunks
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct IdentityTests {
    let mine = String(repeating: "a", count: 32)
    let other = String(repeating: "b", count: 32)

    @Test func anEmptyFolderBecomesAVolume() throws {
        let test = try TestVolume(initialized: false)
        #expect(try test.volume.initialize(identity: mine) == mine)
        #expect(try test.names(in: "uploads").count == 256)
        #expect(try test.names(in: "blobs").first == "00")
        #expect(try test.names(in: "blobs").last == "ff")
        #expect(test.bytes(".tussock-volume") == Array("tussock-volume 1\n\(mine)\n".utf8))
        #expect(try test.volume.checkIdentity(expected: mine) == mine)
        #expect(try test.names(in: ".") == [".tussock-identity", ".tussock-volume", "blobs", "uploads"])
    }

    @Test func anIdentityThatIsThereIsKeptAndMissingFoldersAreMade() throws {
        let test = try TestVolume(initialized: false)
        #expect(try test.volume.initialize(identity: mine) == mine)
        try FileManager.default.removeItem(atPath: test.root + "/uploads/7f")
        #expect(try test.volume.initialize(identity: other) == mine)
        #expect(try test.names(in: "uploads").count == 256)
    }

    @Test func aVolumeThatIsNotMountedIsMissing() throws {
        let test = try TestVolume(initialized: false)
        let error = #expect(throws: ChunkError.self) { try test.volume.checkIdentity(expected: nil) }
        #expect(error?.code == .missing)
        #expect(error?.message.contains("has no .tussock-volume: is the volume mounted") == true)
        #expect(code { _ = try test.volume.openChunk(id: mine, fence: 1, committed: 0) } == .missing)
        #expect(code { try test.volume.removeChunk(id: mine, fence: 1) } == .missing)
        #expect(code { try test.volume.removeBlob(id: mine) } == .missing)
        #expect(code { _ = try test.volume.entries(inFolder: 3) } == .missing)
        #expect(try test.names(in: ".") == [], "nothing was written to the wrong disk")

        let nowhere = ChunkVolume(root: test.root + "/nowhere")
        #expect(code { _ = try nowhere.initialize(identity: mine) } == .missing)
        #expect(code { _ = try nowhere.checkIdentity(expected: nil) } == .missing)
        #expect(code { try nowhere.probe() } == .missing)
        #expect(code { _ = try nowhere.freeBytes() } == .missing)
    }

    @Test func anotherVolumeIsNotThisOne() throws {
        let test = try TestVolume()
        #expect(try test.volume.checkIdentity(expected: nil) == TestVolume.identity)
        #expect(code { _ = try test.volume.checkIdentity(expected: mine) } == .notThisVolume)
    }

    @Test(arguments: ["", "tussock-volume 2\n", "tussock-volume 1\nxyz\n", "hello", "tussock-volume 1\n"])
    func anIdentityOfAnotherFormatIsRefused(text: String) throws {
        let test = try TestVolume()
        test.put(text, at: ".tussock-volume")
        #expect(code { _ = try test.volume.checkIdentity(expected: nil) } == .notThisVolume)
        #expect(code { _ = try test.volume.initialize(identity: mine) } == .notThisVolume)
    }

    @Test(arguments: ["", "../../../../etc", "A".padding(toLength: 32, withPad: "A", startingAt: 0), "5"])
    func anIdentityThatIsNoneIsRefused(identity: String) throws {
        let test = try TestVolume(initialized: false)
        #expect(code { _ = try test.volume.initialize(identity: identity) } == .inputOutput)
        #expect(try test.names(in: ".") == [])
    }

    @Test func processesThatInitializeAtOnceAgree() async throws {
        let executor = BlockingExecutor(threads: 8, name: "initialize")
        for _ in 0..<5 {
            let test = try TestVolume(initialized: false)
            let results = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await executor.run { try test.volume.initialize(identity: randomID()) } }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count == 8)
            #expect(Set(results).count == 1)
            #expect(try test.volume.checkIdentity(expected: results.first) == results.first)
            #expect(try test.names(in: ".") == [".tussock-identity", ".tussock-volume", "blobs", "uploads"])
        }
        await executor.shutdown()
    }

    /// The calls that make the 512 folders are all alike, so only some of them are failed, and all the others.
    @Test(arguments: Fault.all)
    func initializingIsDoneByTheSecondRun(fault: Fault) throws {
        var reached = 0
        for call in [1, 2, 3, 200, 400, 513] + Array(514..<1_000) {
            let test = try TestVolume(initialized: false)
            let plan = FaultPlan(call: call, mode: fault.mode, errno: fault.errno)
            let first = try? test.with(plan.operations).initialize(identity: mine)
            let second = try test.volume.initialize(identity: other)
            if let first { #expect(second == first) }
            #expect(try test.volume.checkIdentity(expected: nil) == second)
            #expect(try test.names(in: "uploads").count == 256)
            #expect(try test.names(in: "blobs").count == 256)
            guard plan.wasReached else { break }
            reached = call
        }
        #expect(reached > 530)
    }
}
