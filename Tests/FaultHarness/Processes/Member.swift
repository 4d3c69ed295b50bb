import Foundation
import Synchronization
import TestSupport

/// One process under test, through all its lives, with its own way to the database and its own faults of the volume.
final class Member: Sendable {
    struct State: Sendable {
        var process: SpawnedProcess?
        /// 0 until it listened for the first time; the same from then on.
        var port = 0
        /// Counts its lives.
        var life = 0
        /// The last life whose unexpected end was told.
        var reported = 0
        /// SIGSTOPs without a SIGCONT yet.
        var stops = 0
        /// When it was stopped last, or went on.
        var lastStop: ContinuousClock.Instant?
        var isBeingRestarted = false
    }

    let name: MemberName
    let relay: DatabaseRelay
    let control: VolumeControl
    private let state = Mutex(State())

    init(_ name: MemberName, relay: DatabaseRelay, control: VolumeControl) {
        (self.name, self.relay, self.control) = (name, relay, control)
    }

    var port: Int { state.withLock { $0.port } }
    var life: Int { state.withLock { $0.life } }
    var process: SpawnedProcess? { state.withLock { $0.process } }
    var isStopped: Bool { state.withLock { $0.stops > 0 } }

    /// Whether it was never stopped from that moment to this.
    func hasRun(since moment: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.stops == 0 && $0.lastStop.map { $0 < moment } ?? true }
    }

    func began(_ process: SpawnedProcess, port: Int) {
        state.withLock { state in
            (state.process, state.port, state.stops) = (process, port, 0)
            state.life += 1
        }
    }

    /// False if somebody restarts it already. The end of this life is expected from now on.
    func beginRestart() -> Bool {
        state.withLock { state in
            guard !state.isBeingRestarted else { return false }
            (state.isBeingRestarted, state.reported) = (true, state.life)
            return true
        }
    }

    func endRestart() { state.withLock { $0.isBeingRestarted = false } }

    /// The process of this life, if it has ended and nobody ended it; told once.
    func unexpectedEnd() -> SpawnedProcess? {
        state.withLock { state in
            guard !state.isBeingRestarted, state.reported < state.life, let process = state.process,
                !process.isAlive
            else { return nil }
            state.reported = state.life
            return process
        }
    }

    /// SIGSTOP; the life that it was sent to.
    func stop() -> Int? {
        state.withLock { state in
            guard !state.isBeingRestarted, let process = state.process, process.isAlive else { return nil }
            process.signal(SIGSTOP)
            state.stops += 1
            state.lastStop = .now
            return state.life
        }
    }

    /// SIGCONT, when the last one who stopped it wants it to go on.
    func resume(life: Int) {
        state.withLock { state in
            guard state.life == life, state.stops > 0 else { return }
            state.stops -= 1
            state.lastStop = .now
            if state.stops == 0 { state.process?.signal(SIGCONT) }
        }
    }

    func resumeAtOnce() {
        state.withLock { state in
            if state.stops > 0 { state.lastStop = .now }
            state.stops = 0
            state.process?.signal(SIGCONT)
        }
    }
}
