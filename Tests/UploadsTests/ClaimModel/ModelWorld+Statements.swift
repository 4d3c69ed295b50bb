import UploadProtocol

/// Statements reaching the row, and what must be true of each at that moment.
extension ModelWorld {
    /// The row that comes back.
    mutating func execute(_ statement: ModelNode.Statement) -> UploadRow? {
        let before = row
        guard case .row(let after) = reach(statement) else {
            if row != before { violated(.modelIsSound) }
            return nil
        }
        if after.fence < before.fence { violated(.fenceNeverFalls) }
        if after.offset < before.offset { violated(.offsetNeverFalls) }
        switch statement {
        case .claim(_, _, let turn): noteClaim(turn, newest: before.turn)
        case .checkpoint(let fence, _), .release(let fence, _), .complete(let fence, _):
            noteProgress(of: fence, wasComplete: before.state != .open)
        case .completeAtOnce(let file): noteWhole(from: file)
        case .takeTurn, .fenceOff, .terminate: break
        }
        return after
    }

    private mutating func reach(_ statement: ModelNode.Statement) -> UploadRow.Answer {
        switch statement {
        case .claim(let offset, let node, let turn): return claim(at: offset, by: node, turn: turn)
        case .takeTurn: return row.takeTurn()
        case .checkpoint(let fence, let offset): return checkpoint(fence, to: offset)
        case .release(let fence, let offset): return row.checkpoint(fence, to: offset, release: true)
        case .complete(let fence, let offset):
            if flaw == .completesAgain, row.state == .complete, row.fence == fence { return .row(row) }
            return row.complete(fence, at: offset)
        case .completeAtOnce(let file): return completeAtOnce(file)
        case .fenceOff(let fence):
            if flaw == .neverForces { return .noRow }
            let answer = row.fenceOff(fence)
            if flaw == .forceLeavesItClean, answer != .noRow { row.clean = true }
            return answer
        case .terminate(let fence): return row.terminate(fence)
        }
    }

    private mutating func claim(at offset: Int, by node: Int, turn: Int?) -> UploadRow.Answer {
        var flawed = row
        if flaw == .claimIgnoresTurns, let turn { flawed.turn = turn }
        if flaw == .appendsAfterForce { flawed.clean = true }
        let files = flawed.chunkFences.count
        guard case .row = flawed.claim(at: offset, by: node, turn: turn) else { return .noRow }
        if flaw == .newFileStartsAtZero, flawed.chunkFences.count > files { flawed.chunkStarts[files] = 0 }
        row = flawed
        return .row(row)
    }

    private mutating func completeAtOnce(_ file: Int) -> UploadRow.Answer {
        var asked = row
        if flaw == .fillIgnoresWhatCounts { (asked.offset, asked.chunkFences) = (0, []) }
        guard case .row = asked.completeAtOnce(scope.length, file: file) else { return .noRow }
        row = asked
        return .row(row)
    }

    private mutating func checkpoint(_ fence: Int, to offset: Int) -> UploadRow.Answer {
        if flaw == .checkpointMayFall, row.fence == fence, row.lease != nil { row.offset = min(row.offset, offset) }
        let claimed = flaw == .checkpointIgnoresTheFence ? row.fence : fence
        return row.checkpoint(claimed, to: offset, release: false)
    }

    private mutating func noteClaim(_ turn: Int?, newest: Int) {
        if row.fence <= promises.newestClaim { violated(.fenceNeverFalls) }
        if let turn, let told = promises.told, turn <= told.turn { violated(.headIsAccepted) }
        if let turn, turn < newest { violated(.newestRequestWins) }
        promises.newestClaim = row.fence
        promises.told = nil
    }

    private mutating func noteWhole(from file: Int) {
        noteClaim(nil, newest: row.turn)
        if !promises.committers.isEmpty { violated(.oneWriterByFence) }
        promises.committers = Array(repeating: file, count: row.offset)
        promises.completions += 1
        if promises.completions > 1 { violated(.completesOnce) }
    }

    private mutating func noteProgress(of fence: Int, wasComplete: Bool) {
        if fence != promises.newestClaim || row.fence != fence { violated(.oneWriterByFence) }
        while promises.committers.count < row.offset { promises.committers.append(fence) }
        if row.state == .complete { promises.completions += 1 }
        if promises.completions > 1 { violated(.completesOnce) }
    }
}
