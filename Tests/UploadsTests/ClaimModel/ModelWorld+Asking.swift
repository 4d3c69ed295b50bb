import UploadProtocol

/// `UploadStore.claim` and `settled`: one turn of their loops in one step.
///
/// Between a claim that failed, the reading after it and the taking of a turn nothing needs to happen: it might as well
/// have happened before the first. For the same reason a request has no place among the others before it has a turn.
extension ModelWorld {
    mutating func look(_ node: Int, _ request: ModelNode.Request, turn: Int?) {
        guard case .patch(let offset) = request else { return read(node, request, turn: turn) }
        if let claimed = execute(.claim(offset: offset, node: node, turn: turn)) {
            nodes[node] = .writing(ModelNode.Writer(claimed))
        } else if isGone || isOvertaken(turn) || row.lease == nil {
            nodes[node] = .idle
        } else {
            wait(node, request, turn: turn)
        }
    }

    private mutating func read(_ node: Int, _ request: ModelNode.Request, turn: Int?) {
        var turn = turn
        if isGone {
            nodes[node] = .idle
            return
        }
        if row.lease == nil, turn == nil, row.turn > row.claimedTurn, flaw != .headLeavesWaitersAlone {
            turn = takeTurn()
        }
        if row.lease == nil || mayAnswer(over: row.lease, turn) {
            answer(node, request, turn: turn)
        } else {
            wait(node, request, turn: turn)
        }
    }

    /// What a `FindUpload` tells of `removed_at` and of the expiry.
    private var isGone: Bool {
        row.isRemoved || (row.lease == nil && row.state != .complete && row.isOverdue)
    }

    /// A newer request has come.
    private func isOvertaken(_ turn: Int?) -> Bool { turn.map { row.turn > $0 } ?? false }

    /// A newer request has the claim: it is not for this one to disturb it.
    private func mayAnswer(over lease: UploadRow.Lease?, _ turn: Int?) -> Bool {
        if flaw == .headTrustsADeadLease, lease?.isLive == false { return true }
        if flaw == .overtakenHeadAnswersAtOnce { return isOvertaken(turn) }
        return turn.map { row.claimedTurn > $0 } ?? false
    }

    private mutating func takeTurn() -> Int {
        execute(.takeTurn)?.turn ?? row.turn
    }

    private mutating func wait(_ node: Int, _ request: ModelNode.Request, turn: Int?) {
        nodes[node] = .waiting(request, turn: turn ?? takeTurn(), fence: row.fence)
    }

    /// What HEAD tells is a promise to whom no newer request gets ahead.
    private mutating func answer(_ node: Int, _ request: ModelNode.Request, turn: Int?) {
        if request == .delete {
            nodes[node] = .terminating(fence: row.fence)
            return
        }
        acknowledge(row.offset)
        let turn = turn ?? row.turn
        if row.lease == nil, row.state == .open { promises.told = .init(offset: row.offset, turn: turn) }
        if row.lease != nil, row.claimedTurn <= turn { violated(.headIsAccepted) }
        nodes[node] = .idle
    }

    mutating func acknowledge(_ offset: Int) {
        promises.acknowledged = max(promises.acknowledged, offset)
    }
}
