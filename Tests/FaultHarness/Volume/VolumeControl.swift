import Foundation
import Synchronization
import TestSupport

/// The file through which the faults of one process's volume are armed; both map it.
final class VolumeControl: Sendable {
    let path: String
    /// `struct control` of volume-faults.c: a head and a rule for each call, each of eight 32-bit words.
    private let words: Mutex<UnsafeMutablePointer<Int32>>
    private static let wordsInRule = 8
    private static let size = (1 + VolumeRule.Call.allCases.count) * wordsInRule * MemoryLayout<Int32>.size

    init(path: String) throws {
        self.path = path
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0, ftruncate(descriptor, off_t(Self.size)) == 0 else {
            throw HarnessError(message: "no control file \(path): errno \(errno)")
        }
        defer { close(descriptor) }
        let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { throw HarnessError(message: "mmap: errno \(errno)") }
        words = Mutex(memory.bindMemory(to: Int32.self, capacity: Self.size / MemoryLayout<Int32>.size))
    }

    deinit {
        _ = words.withLock { munmap($0, Self.size) }
    }

    /// Replaces the rule of this kind of call. `armed` is written last: the process reads the rest after it.
    func arm(_ rule: VolumeRule) {
        words.withLock { words in
            let place = words + (1 + rule.call.rawValue) * Self.wordsInRule
            place[0] = 0
            (place[1], place[2], place[3], place[4]) = (rule.skip, rule.times, rule.error, rule.stall)
            (place[5], place[7]) = (rule.mode.rawValue, rule.name)
            atomicMemoryFence()
            place[0] = 1
        }
    }

    /// No rule meets any call from now on, and calls that are stalled go on.
    func heal() {
        words.withLock { words in
            words[0] = 1
            for call in VolumeRule.Call.allCases { words[(1 + call.rawValue) * Self.wordsInRule] = 0 }
        }
    }

    /// Calls that a rule has met so far, by kind.
    var fired: [VolumeRule.Call: Int] {
        words.withLock { words in
            Dictionary(
                uniqueKeysWithValues: VolumeRule.Call.allCases.map {
                    ($0, Int(words[(1 + $0.rawValue) * Self.wordsInRule + 6]))
                })
        }
    }

    private func atomicMemoryFence() { Synchronization.atomicMemoryFence(ordering: .sequentiallyConsistent) }
}
