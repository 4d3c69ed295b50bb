import Foundation
import TestSupport

/// Trouble for a node at the very moment at which it holds a claim, which faults at random moments seldom meet.
extension UploadClient {
    enum Trouble: String, Sendable {
        /// SIGSTOP; it wakes up while its successor writes.
        case stop
        /// Nothing passes between it and the database.
        case databaseStall = "database-stall"
        case volumeStall = "volume-stall"
        /// A checkpoint's sync fails, and what it was to make safe is garbage.
        case lostSync = "lost-sync"
    }

    /// A PATCH that holds the claim hangs half-way; the next step is HEAD, whose offset must be accepted.
    mutating func hangThenHead(at offset: Int64) async {
        let range = offset..<offset + size(from: offset)
        let sent = Int64(random.int(0...max(0, range.count - 1)))
        await patch(range, .cut(after: sent, .hang), to: randomFront(), competes: true) {}
    }

    /// A PATCH gets into trouble when it has the claim; another node goes on with the upload meanwhile. From the moment
    /// that the second has the claim, the first is sent bytes that are not the upload's: none of them may ever count.
    mutating func ambush(at offset: Int64) async {
        let troubles: [(Trouble, Double)] = [(.stop, 4), (.databaseStall, 1), (.volumeStall, 1), (.lostSync, 3)]
        let trouble = random.weighted(troubles) ?? .stop
        if trouble == .lostSync { return await loseSync(at: offset) }
        let (range, victim) = (offset..<promises.length, randomFront())
        let first = Int64(random.int(0...range.count))
        let (pause, time) = (random.int(30...300), random.int(2200...4500))
        let second = BodyShape.dawdling(Int64(random.logarithmic(1...100)), pause: random.int(50...time + 1000))
        let (claimed, succeeded) = (Gate(), Gate())
        await withDiscardingTaskGroup { [self] group in
            group.addTask {
                await patch(range, .poisoned(after: first, succeeded), to: victim, competes: true) { claimed.open() }
                claimed.close()
            }
            group.addTask {
                defer { succeeded.close() }
                guard await claimed.wait() else { return }
                await Pace.pause(pause)
                async let successor: Void = succeed((victim + 1) % context.cluster.frontCount, second, succeeded)
                await suffer(trouble, at: victim, time)
                await successor
            }
        }
    }

    private func succeed(_ front: Int, _ shape: BodyShape, _ succeeded: Gate) async {
        await Pace.pause(20)
        guard let offset = await head(of: front), offset < promises.length else { return }
        await patch(offset..<promises.length, shape, to: front, competes: true) { succeeded.open() }
    }

    private func suffer(_ trouble: Trouble, at front: Int, _ time: Int) async {
        context.tally.count { $0.ambushes[trouble.rawValue, default: 0] += 1 }
        promises.note("* front-\(front) \(trouble.rawValue) for \(time) ms")
        let member = context.cluster.members[front]
        var life: Int?
        switch trouble {
        case .stop: life = member.stop()
        case .databaseStall: member.relay.stall(for: .milliseconds(time))
        case .volumeStall: member.control.arm(rule(.write, stall: Int32(time)))
        case .lostSync: member.control.arm(rule(.fdatasync, error: EIO, mode: .lose))
        }
        if trouble != .lostSync { await Pace.pause(time) }
        if let life { member.resume(life: life) }
    }

    private func rule(
        _ call: VolumeRule.Call, error: Int32 = 0, stall: Int32 = 0, mode: VolumeRule.Mode = .refuse
    ) -> VolumeRule {
        let name = VolumeRule.name(of: String((promises.now.url ?? "").suffix(32)))
        return VolumeRule(call: call, skip: 0, error: error, stall: stall, mode: mode, name: name)
    }

    /// The first checkpoint of a slow PATCH fails, and what it was to make safe is garbage.
    private mutating func loseSync(at offset: Int64) async {
        let range = offset..<offset + size(from: offset)
        let (shape, front) = (BodyShape.pieces(random.int(4...6), pause: random.int(300...500)), randomFront())
        let claimed = Gate()
        await withDiscardingTaskGroup { [self] group in
            group.addTask {
                await patch(range, shape, to: front, competes: true) { claimed.open() }
                claimed.close()
            }
            group.addTask { if await claimed.wait() { await suffer(.lostSync, at: front, 0) } }
        }
    }
}
