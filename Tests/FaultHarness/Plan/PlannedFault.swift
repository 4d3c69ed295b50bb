/// One fault, and when after the start of the run it comes.
package struct PlannedFault: Sendable, CustomStringConvertible {
    package var at: Duration
    package var fault: Fault

    package var description: String { "\(at.inSeconds) \(fault)" }
}

/// A front node or a finalizer, counted from 0.
package enum MemberName: Hashable, Sendable, CustomStringConvertible {
    case front(Int)
    case finalizer(Int)

    package var description: String {
        switch self {
        case .front(let index): "front-\(index)"
        case .finalizer(let index): "finalizer-\(index)"
        }
    }
}

package enum Fault: Sendable {
    /// SIGKILL; started again after `pause` ms.
    case kill(MemberName, pause: Int)
    /// SIGTERM; started again when it has ended and `pause` ms have passed.
    case terminate(MemberName, pause: Int)
    /// SIGSTOP, and SIGCONT that many ms later.
    case stop(MemberName, for: Int)
    case restartDatabase(immediate: Bool, down: Int)
    case pauseDatabase(for: Int)
    /// Every connection of the process to the database ends; it may connect again at once.
    case cut(MemberName)
    /// The same, and new connections are refused for that many ms.
    case refuse(MemberName, for: Int)
    /// Nothing passes between the process and the database.
    case stall(MemberName, for: Int)
    /// The next statement of this name reaches the database, its answer does not come back.
    case loseAnswer(MemberName, statement: String)
    case volume(MemberName, VolumeRule)

    package var category: FaultCategory {
        switch self {
        case .kill: .kill
        case .terminate: .terminate
        case .stop: .stop
        case .restartDatabase: .databaseRestart
        case .pauseDatabase: .databasePause
        case .cut: .connectionCut
        case .refuse: .connectionRefused
        case .stall: .connectionStall
        case .loseAnswer: .answerLost
        case .volume(_, let rule): rule.error == 0 && rule.mode != .half ? .volumeStall : .volumeFailure
        }
    }
}

extension Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .kill(let member, let pause): "kill \(member), start after \(pause) ms"
        case .terminate(let member, let pause): "terminate \(member), start after \(pause) ms"
        case .stop(let member, let time): "stop \(member) for \(time) ms"
        case .restartDatabase(let immediate, let down):
            "\(immediate ? "crash" : "restart") the database, down for \(down) ms"
        case .pauseDatabase(let time): "pause the database for \(time) ms"
        case .cut(let member): "cut the database connections of \(member)"
        case .refuse(let member, let time): "refuse database connections of \(member) for \(time) ms"
        case .stall(let member, let time): "stall the database connections of \(member) for \(time) ms"
        case .loseAnswer(let member, let statement): "lose the answer to \(statement) of \(member)"
        case .volume(let member, let rule): "volume of \(member): \(rule)"
        }
    }
}

extension Duration {
    /// `12.345s`.
    package var inSeconds: String {
        let thousandths = milliseconds
        let fraction = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)s"
    }

    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
