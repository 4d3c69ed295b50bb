package import Chunks
import Glibc
import Synchronization

/// Counts the calls of a step and spoils one, or all from one on.
package final class FaultPlan: Sendable {
    package enum Mode: Sendable, CaseIterable {
        /// Call n fails, the rest works: a fault that passes.
        case once
        /// Call n and all after it fail: the process died, or the disk did.
        case crash
        /// Call n works, but its answer is lost.
        case answerLost
    }

    private let count = Mutex(0)
    private let call: Int
    private let mode: Mode
    private let failure: SystemFailure

    package init(call: Int, mode: Mode, errno: Int32) {
        self.call = call
        self.mode = mode
        self.failure = SystemFailure(errno: errno)
    }

    /// Whether the step came as far as the fault.
    package var wasReached: Bool { count.withLock { $0 >= call } }

    private func apply<R>(
        undo: (R) -> Void = { _ in }, _ body: () throws(SystemFailure) -> R
    ) throws(SystemFailure) -> R {
        let number = count.withLock { count in
            count += 1
            return count
        }
        switch mode {
        case .once where number == call, .crash where number >= call: throw failure
        case .answerLost where number == call:
            undo(try body())
            throw failure
        default: return try body()
        }
    }

    /// The kernel, spoilt by this plan. Closing is never spoilt, nor counted.
    package var operations: FileOperations {
        let live = FileOperations.live
        var faulty = live
        faulty.open = { path, flags, mode throws(SystemFailure) in
            try self.apply(undo: live.close) { () throws(SystemFailure) in try live.open(path, flags, mode) }
        }
        faulty.status = { file throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.status(file) }
        }
        faulty.statusOfPath = { path throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.statusOfPath(path) }
        }
        faulty.write = { file, vectors, offset throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.write(file, vectors, offset) }
        }
        faulty.read = { file, buffer, offset throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.read(file, buffer, offset) }
        }
        faulty.syncData = { file throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.syncData(file) }
        }
        faulty.syncFolder = { file throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.syncFolder(file) }
        }
        faulty.truncate = { file, length throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.truncate(file, length) }
        }
        faulty.freeBytes = { path throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.freeBytes(path) }
        }
        spoilNames(&faulty)
        spoilCopies(&faulty)
        return faulty
    }

    private func spoilNames(_ faulty: inout FileOperations) {
        let live = FileOperations.live
        faulty.rename = { from, to throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.rename(from, to) }
        }
        faulty.unlink = { path throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.unlink(path) }
        }
        faulty.makeFolder = { path, mode throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.makeFolder(path, mode) }
        }
        faulty.removeFolder = { path throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.removeFolder(path) }
        }
        faulty.openFolder = { path throws(SystemFailure) in
            try self.apply(undo: live.closeFolder) { () throws(SystemFailure) in try live.openFolder(path) }
        }
        faulty.nextName = { folder throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.nextName(folder) }
        }
    }

    private func spoilCopies(_ faulty: inout FileOperations) {
        let live = FileOperations.live
        faulty.copyRange = { range, target, offset throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.copyRange(range, target, offset) }
        }
        faulty.cloneRange = { range, target, offset throws(SystemFailure) in
            try self.apply { () throws(SystemFailure) in try live.cloneRange(range, target, offset) }
        }
    }
}
