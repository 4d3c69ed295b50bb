extension ModelWorld {
    /// A number that tells worlds apart, but not those that go on alike. Two others have the same one with a
    /// probability of 2⁻⁶⁴.
    ///
    /// Which node is which decides nothing, nor who holds the claim. Of a turn it only matters whether it is the newest
    /// one: an older one never becomes the newest again.
    var key: Int {
        var row = row
        row.lease?.node = 0
        row.claimedTurn = rank(row.claimedTurn)
        row.turn = 1
        var promises = promises
        if let told = promises.told { promises.told?.turn = rank(told.turn) }
        var hasher = Hasher()
        hasher.combine(row)
        hasher.combine(volume)
        hasher.combine(late.map(canonical))
        hasher.combine(promises)
        hasher.combine(fills)
        for node in nodes.map({ canonical($0).hashValue }).sorted() { hasher.combine(node) }
        return hasher.finalize()
    }

    private func rank(_ turn: Int) -> Int { turn == row.turn ? 1 : 0 }

    private func canonical(_ node: ModelNode) -> ModelNode {
        switch node {
        case .asking(let request, let turn): .asking(request, turn: turn.map(rank))
        case .waiting(let request, let turn, let fence): .waiting(request, turn: rank(turn), fence: fence)
        case .idle, .terminating, .writing, .filling: node
        }
    }

    private func canonical(_ statement: ModelNode.Statement) -> ModelNode.Statement {
        guard case .claim(let offset, _, let turn) = statement else { return statement }
        return .claim(offset: offset, node: 0, turn: turn.map(rank))
    }
}
