/// The faults of one run, all decided before it begins.
package struct FaultPlan: Sendable {
    package var faults: [PlannedFault]

    package init(_ options: FaultOptions, withVolume: Bool) {
        var maker = FaultMaker(options, withVolume: withVolume)
        faults = []
        var time = Duration.milliseconds(300)
        while time < options.duration {
            if let fault = maker.next() { faults.append(PlannedFault(at: time, fault: fault)) }
            time += maker.gap()
        }
    }
}

private struct FaultMaker {
    private let options: FaultOptions
    private let weights: [(FaultCategory, Double)]
    private var random: SplitMix64

    init(_ options: FaultOptions, withVolume: Bool) {
        self.options = options
        random = SplitMix64(seed: options.seed, part: 1)
        let all: [(FaultCategory, Double)] = [
            (.kill, 10), (.terminate, 3), (.stop, 12), (.databaseRestart, 2), (.databasePause, 2), (.connectionCut, 10),
            (.connectionRefused, 5), (.connectionStall, 6), (.answerLost, 20), (.volumeFailure, 22), (.volumeStall, 8),
        ]
        weights = all.filter { category, _ in
            (options.only.isEmpty || options.only.contains(category))
                && (withVolume || (category != .volumeFailure && category != .volumeStall))
        }
    }

    mutating func gap() -> Duration {
        let mean = Int(options.gap.milliseconds)
        return .milliseconds(random.int(mean / 4...mean * 7 / 4))
    }

    private mutating func member() -> MemberName {
        let number = random.int(0...options.fronts + options.finalizers - 1)
        return number < options.fronts ? .front(number) : .finalizer(number - options.fronts)
    }

    /// Mostly short, seldom longer than a lease.
    private mutating func time(rarely: ClosedRange<Int>) -> Int {
        random.chance(0.06) && options.duration > .seconds(60)
            ? random.int(rarely) : random.logarithmic(50...4000)
    }

    mutating func next() -> Fault? {
        guard let category = random.weighted(weights) else { return nil }
        return switch category {
        case .kill: .kill(member(), pause: random.logarithmic(20...3000))
        case .terminate: .terminate(member(), pause: random.logarithmic(20...1000))
        case .stop: .stop(member(), for: time(rarely: 8000...40_000))
        case .databaseRestart: .restartDatabase(immediate: random.chance(0.5), down: random.logarithmic(10...3000))
        case .databasePause: .pauseDatabase(for: random.logarithmic(100...5000))
        case .connectionCut: .cut(member())
        case .connectionRefused: .refuse(member(), for: time(rarely: 15_000...22_000))
        case .connectionStall: .stall(member(), for: time(rarely: 8000...16_000))
        case .answerLost: answerLost(of: member())
        case .volumeFailure: .volume(member(), VolumeRule.failure(&random))
        case .volumeStall: .volume(member(), VolumeRule.stall(&random))
        }
    }

    private static let frontStatements = [
        ("CompleteUpload", 4.0), ("CheckpointUpload", 4), ("ClaimUpload", 3), ("InsertUpload", 2), ("FenceUpload", 2),
        ("TerminateUpload", 1), ("FindUpload", 1), ("InsertWholeUpload", 2),
    ]
    private static let finalizerStatements = [
        ("PublishJob", 4.0), ("ClaimJobs", 2), ("EndAttempt", 2), ("JobHeartbeat", 1), ("RescueJobs", 1),
        ("MarkSwept", 1),
    ]

    private mutating func answerLost(of member: MemberName) -> Fault? {
        var names = Self.finalizerStatements
        if case .front = member { names = Self.frontStatements }
        return random.weighted(names).map { .loseAnswer(member, statement: $0) }
    }
}
