import Foundation
import TestSupport

/// What a client may do between two offsets.
extension UploadClient {
    private enum Step { case append, repeatUnread, race, headMeanwhile, hangThenHead, heads, emptyPatch, ambush }

    /// The new offset if it is known for certain.
    mutating func step(at offset: Int64) async -> Int64? {
        let choices: [(Step, Double)] = [
            (.append, 70), (.repeatUnread, 8), (.race, 8), (.headMeanwhile, 8), (.heads, 4), (.emptyPatch, 2),
            (.hangThenHead, 8), (.ambush, 4),
        ]
        switch random.weighted(choices) ?? .append {
        case .append: return await append(at: offset)
        case .repeatUnread: await repeatUnread(at: offset)
        case .race: await race(at: offset)
        case .headMeanwhile: await headMeanwhile(at: offset)
        case .heads: await heads()
        case .hangThenHead: await hangThenHead(at: offset)
        case .ambush: await ambush(at: offset)
        case .emptyPatch: return await patch(offset..<offset, .whole)
        }
        return nil
    }

    mutating func size(from offset: Int64) -> Int64 {
        let rest = Int(promises.length - offset)
        return random.chance(0.35) ? Int64(rest) : Int64(random.logarithmic(1...rest))
    }

    mutating func bodyShape(_ count: Int64) -> BodyShape {
        let kind = random.int(0...99)
        return switch kind {
        case 0..<64: .whole
        case 64..<72: .pieces(random.int(2...6), pause: random.logarithmic(1...120))
        case 72..<74: .pieces(random.int(3...5), pause: random.logarithmic(300...1500))
        case 74..<80: .chunked(random.int(1...5))
        case 80..<85: .cut(after: Int64(random.int(0...Int(count))), .finish)
        case 85..<90: .cut(after: Int64(random.int(0...Int(count))), .reset)
        case 90..<95: .cut(after: Int64(random.int(0...max(0, Int(count) - 1))), .hang)
        default: .unread(random.int(0...40))
        }
    }

    private func request(
        _ range: Range<Int64>, _ shape: BodyShape, _ onContinue: (@Sendable () -> Void)? = nil
    ) -> UploadRequest {
        UploadRequest(
            method: "PATCH", path: promises.now.url ?? "",
            fields: ["Upload-Offset": "\(range.lowerBound)", "Content-Type": TusClient.offsetStream], body: range,
            shape: shape, onContinue: onContinue)
    }

    /// The new offset, or nil when HEAD must tell.
    private mutating func patch(_ range: Range<Int64>, _ shape: BodyShape, competes: Bool = false) async -> Int64? {
        await patch(range, shape, to: randomFront(), competes: competes)
    }

    @discardableResult
    func patch(
        _ range: Range<Int64>, _ shape: BodyShape, to front: Int, competes: Bool,
        onContinue: (@Sendable () -> Void)? = nil
    ) async -> Int64? {
        let answer = await exchange(request(range, shape, onContinue), to: front, competes: competes) { rules in
            { rules.patch($0, at: range.lowerBound, to: range.upperBound, isWhole: shape.isWhole) }
        }
        guard let answer, answer.status == 204 else { return nil }
        let before = promises.now.acknowledged
        if range.upperBound == promises.length, let location = answer.location {
            promises.change { $0.item = $0.item ?? location }
        }
        return max(before, range.upperBound)
    }

    private mutating func append(at offset: Int64) async -> Int64? {
        let range = offset..<offset + size(from: offset)
        let next = await patch(range, bodyShape(range.upperBound - range.lowerBound))
        if next == nil { await pause() }
        return next
    }

    /// The answer to a PATCH is lost, and the client sends it again without asking.
    private mutating func repeatUnread(at offset: Int64) async {
        let range = offset..<offset + size(from: offset)
        _ = await patch(range, .unread(random.int(0...60)), competes: true)
        _ = await patch(range, .whole, competes: true)
    }

    /// Two or three PATCHes at the same offset through any nodes.
    private mutating func race(at offset: Int64) async {
        let runners = (0..<random.int(2...3)).map { _ in
            (range: offset..<offset + size(from: offset), front: randomFront(), delay: random.logarithmic(1...30))
        }
        await withDiscardingTaskGroup { [self] group in
            for runner in runners {
                group.addTask {
                    await Pace.pause(runner.delay)
                    _ = await patch(runner.range, .whole, to: runner.front, competes: true)
                }
            }
        }
    }

    /// A PATCH is in its middle when HEAD asks another node, or the same.
    private mutating func headMeanwhile(at offset: Int64) async {
        let range = offset..<offset + size(from: offset)
        let shape = BodyShape.pieces(random.int(2...5), pause: random.logarithmic(5...300))
        let (writer, reader, delay) = (randomFront(), randomFront(), random.logarithmic(5...500))
        await withDiscardingTaskGroup { [self] group in
            group.addTask { _ = await patch(range, shape, to: writer, competes: true) }
            group.addTask {
                await Pace.pause(delay)
                await head(of: reader)
            }
        }
    }

    private mutating func heads() async {
        let fronts = (0..<random.int(1...4)).map { _ in randomFront() }
        await withDiscardingTaskGroup { [self] group in
            for front in fronts { group.addTask { await head(of: front) } }
        }
    }

    /// The offset if it was told.
    @discardableResult
    func head(of front: Int) async -> Int64? {
        let request = UploadRequest(method: "HEAD", path: promises.now.url ?? "")
        let answer = await exchange(request, to: front, competes: true) { rules in { rules.head($0) } }
        return answer?.status == 200 ? answer?.offset : nil
    }
}
