import Foundation

/// What one kind of call on the volume is to do, as `volume-faults.c` obeys it.
package struct VolumeRule: Sendable, CustomStringConvertible {
    package enum Call: Int, Sendable, CaseIterable {
        case open, write, fdatasync, fsync, rename, unlink, ftruncate, copy
    }

    package enum Mode: Int32, Sendable {
        /// Fails and has no effect.
        case refuse
        /// Has its effect and fails all the same, as when a file server's answer is lost.
        case doAndFail
        /// A short write.
        case half
        /// The sync fails, and all bytes since the last good one are garbage from then on.
        case lose
    }

    package var call: Call
    /// Calls that pass before the rule begins.
    package var skip: Int32
    /// Calls that it meets then.
    package var times: Int32 = 1
    /// `errno`; 0 for a call that only stalls.
    package var error: Int32 = 0
    /// Milliseconds.
    package var stall: Int32 = 0
    package var mode = Mode.refuse
    /// The hash of the upload whose files alone are met; 0: all.
    package var name: Int32 = 0

    /// FNV-1a, as in `volume-faults.c`.
    package static func name(of id: String) -> Int32 {
        Int32(bitPattern: id.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 })
    }

    package var description: String {
        let what = error == 0 ? "" : " errno \(error)"
        return "\(call) after \(skip) calls, \(times) times:\(what)\(stall > 0 ? " stall \(stall) ms" : "") \(mode)"
    }

    /// ENOENT is left out: that a file is missing is no passing trouble, and is believed.
    package static func failure(_ random: inout SplitMix64) -> VolumeRule {
        let call = Call.allCases.randomElement(using: &random) ?? .write
        let errors = [EIO, EIO, ENOSPC, ESTALE, EACCES, EDQUOT, EROFS, ETIMEDOUT]
        var rule = VolumeRule(call: call, skip: Int32(random.logarithmic(1...12) - 1))
        rule.times = random.chance(0.7) ? 1 : Int32(random.int(2...4))
        rule.error = errors.randomElement(using: &random) ?? EIO
        switch call {
        case .write where random.chance(0.4): (rule.mode, rule.error) = (.half, 0)
        case .fdatasync where random.chance(0.6): (rule.mode, rule.error) = (.lose, EIO)
        case .rename, .unlink: rule.mode = random.chance(0.4) ? .doAndFail : .refuse
        default: break
        }
        return rule
    }

    package static func stall(_ random: inout SplitMix64) -> VolumeRule {
        let call = Call.allCases.randomElement(using: &random) ?? .write
        var rule = VolumeRule(call: call, skip: Int32(random.logarithmic(1...12) - 1))
        rule.stall = Int32(random.chance(0.1) ? random.int(4000...12_000) : random.logarithmic(20...4000))
        if random.chance(0.2) { rule.error = EIO }
        return rule
    }
}
