import Foundation
import TestSupport

/// One upload, from its creation to its item, by a client that behaves well under bad luck: after anything that is not
/// the answer it wanted, it asks for the offset and goes on from there.
struct UploadClient: Sendable {
    let context: RunContext
    let promises: Promises
    let requester: Requester
    var random: SplitMix64
    let filename: String
    private let deletes: Bool
    private let abandons: Bool

    /// Upload `number` of client `client`: what it does depends on these and the run's seed, and on the answers.
    init(_ context: RunContext, client: Int, number: Int) {
        self.context = context
        var random = SplitMix64(seed: context.options.seed, part: 2, UInt64(client), UInt64(number))
        let length = Int64(Self.length(&random, largest: context.options.largest))
        let seed = random.next()
        filename = random.chance(0.2) ? "shared.bin" : "c\(client)-u\(number).bin"
        deletes = random.chance(0.03)
        abandons = random.chance(0.02)
        let note = Data("\(seed):\(length)".utf8).base64EncodedString()
        promises = Promises(
            "client \(client) upload \(number)", length: length, seed: seed,
            metadata: TusClient.metadata(filename) + ",harness \(note)", start: context.start)
        requester = Requester(cluster: context.cluster, promises: promises)
        self.random = random
    }

    private static func length(_ random: inout SplitMix64, largest: Int) -> Int {
        let kind = random.int(0...999)
        return switch kind {
        case 0..<25: 0
        case 25..<550: random.logarithmic(1...64 << 10)
        case 550..<850: random.logarithmic(64 << 10...min(1 << 20, largest))
        case 850..<992: random.logarithmic(min(1 << 20, largest)...min(8 << 20, largest))
        default: largest
        }
    }

    // MARK: The whole

    mutating func run() async {
        context.add(promises)
        guard await create() else { return }
        context.tally.count { $0.created += 1 }
        let victim = Double.random(in: 0...1, using: &random)
        var offset: Int64? = promises.now.isCreatedWithBytes ? nil : 0
        while !context.verdict.isOver, !Task.isCancelled {
            guard await hasPatience() else { return }
            guard let known = offset else {
                offset = await askOffset()
                continue
            }
            if known == promises.length { break }
            if deletes || abandons, Double(known) >= victim * Double(promises.length) * 0.9 {
                if deletes { return await delete() }
                context.tally.count { $0.abandoned += 1 }
                return
            }
            offset = await step(at: known)
        }
        promises.change { $0.hanging = [] }
        if !context.verdict.isOver { await finish() }
    }

    /// Notes progress, and ends an upload that has had none for too long.
    private func hasPatience() async -> Bool {
        let last = promises.now.lastSuccess
        if ContinuousClock.now - last < context.options.patience { return true }
        context.violated("no success for \(context.options.patience)", promises)
        return false
    }

    // MARK: Creation

    /// False if it was given up.
    private mutating func create() async -> Bool {
        while !context.verdict.isOver, await hasPatience() {
            let length = promises.length
            let bytes: Int64? =
                random.chance(0.25) && length > 0
                ? (random.chance(0.5) ? length : Int64(random.logarithmic(1...Int(length)))) : nil
            var request = UploadRequest(
                method: "POST",
                path: FaultCluster.contentFolder + (random.chance(0.5) ? "/@upload" : "/@tus-upload"))
            request.fields = ["Upload-Length": "\(length)", "Upload-Metadata": promises.metadata]
            if let bytes {
                request.body = 0..<bytes
                request.fields["Content-Type"] = TusClient.offsetStream
                request.shape = bodyShape(bytes)
            }
            promises.change { $0.isCreatedWithBytes = bytes != nil || length == 0 }
            if await created(request) { return true }
            // Whatever became of it: the next one is another upload with the same content.
            await pause()
        }
        return false
    }

    private mutating func created(_ request: UploadRequest) async -> Bool {
        let (bytes, isWhole) = (request.body?.upperBound, request.shape.isWhole)
        let answer = await exchange(request) { rules in { rules.create($0, bytes: bytes, isWhole: isWhole) } }
        guard let answer, answer.status == 201, let url = answer.location else { return false }
        promises.change { state in
            state.url = url
            state.acknowledged = max(state.acknowledged, answer.offset ?? 0)
        }
        return true
    }

    // MARK: Requests

    mutating func randomFront() -> Int { random.int(0...context.cluster.frontCount - 1) }

    mutating func pause() async {
        await Pace.pause(random.logarithmic(5...400))
    }

    /// Sends the request to a random node and judges the answer.
    mutating func exchange(
        _ request: UploadRequest, _ judge: @Sendable (AnswerRules) -> @Sendable (Answer) -> String?
    ) async -> Answer? {
        await exchange(request, to: randomFront(), judge)
    }

    /// - Parameter competes: whether the client sends others beside it.
    func exchange(
        _ request: UploadRequest, to front: Int, competes: Bool = false,
        _ judge: @Sendable (AnswerRules) -> @Sendable (Answer) -> String?
    ) async -> Answer? {
        let rules = rules(competes: competes)
        let reply = await requester.send(request, to: front)
        switch reply {
        case .lost(let reason, let loss):
            context.tally.count { $0.lost += 1 }
            let wrong = rules.lost(reason, loss, mayGiveWay: request.mayGiveWay)
            if !competes, let wrong { context.violated(wrong, promises) }
        case .answer(let answer):
            context.tally.count { numbers in
                numbers.answers[answer.status, default: 0] += 1
                if answer.status == 409 { numbers.conflicts += 1 }
                if rules.wasSettled { numbers.alone += 1 }
            }
            if answer.status == 409, !competes, request.body?.lowerBound == rules.before.acknowledged {
                context.overtaken(promises, context.cluster.members)
            }
            if let wrong = judge(rules)(answer) { context.violated("\(request): \(wrong)", promises) }
            keep(answer)
        }
        return reply.answer
    }

    private func rules(competes: Bool) -> AnswerRules {
        let members = context.cluster.members
        return AnswerRules(
            promises: promises, members: members, before: promises.now, isCalm: context.isCalm,
            mayBeFull: context.cluster.interposer != nil, wasAlone: !competes && promises.isAlone(members),
            wasSettled: !competes && promises.isOffsetSettled(members))
    }

    private func keep(_ answer: Answer) {
        promises.change { state in
            if answer.status < 300 { state.lastSuccess = .now }
            guard answer.status == 204 || answer.status == 200 || answer.status == 409, let offset = answer.offset
            else { return }
            state.acknowledged = max(state.acknowledged, offset)
        }
    }

    /// nil: nothing was learnt; try again.
    mutating func askOffset() async -> Int64? {
        let request = UploadRequest(method: "HEAD", path: promises.now.url ?? "")
        guard let answer = await exchange(request, { rules in { rules.head($0) } }), answer.status == 200 else {
            await pause()
            return nil
        }
        if answer.offset == promises.length, let location = answer.location { promises.change { $0.item = location } }
        return answer.offset
    }
}

extension UploadRequest {
    /// Whether its client may be gone before it has its claim; a creation needs none.
    fileprivate var mayGiveWay: Bool {
        if case .cut = shape { method == "PATCH" } else { false }
    }
}

extension BodyShape {
    /// Whether the client sends all that it announces and waits for the answer.
    var isWhole: Bool {
        switch self {
        case .whole, .pieces, .chunked, .dawdling: true
        case .cut, .unread, .poisoned: false
        }
    }
}
