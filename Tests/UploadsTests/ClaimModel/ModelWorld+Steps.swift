import UploadProtocol

extension ModelWorld {
    /// Something that may happen next, done by a node or (nil) by nobody of them.
    struct Step: Hashable, Sendable {
        enum Action: Hashable, Sendable {
            /// A new request, up to its first look.
            case begin(ModelNode.Request)
            /// A new PATCH that brings all bytes of an upload that has none, up to its statement.
            case fill
            /// Tries the claim, or reads the row; also again, after having asked the holder and waited.
            case look
            /// Takes the claim that it saw by force: its lease ran out, or nobody answered.
            case force
            case terminate
            case open, write, syncForCheckpoint, checkpoint
            /// The body came to its end.
            case finish
            /// The body is cut, or somebody wants the upload: what came is synced, and counts.
            case stop
            /// The file cannot be opened or synced, or the body is too long: what was committed before counts.
            case stopWithoutSync
            case commit
            /// Reads what became of the last statement.
            case settle
            case crash
            /// The request fails, and gives its claim away.
            case abandon
            /// Sends a statement and hears nothing.
            case lose(ModelNode.Statement)

            case lateStatement, leaseRunsOut, timeRunsOut, expire, finalize
        }

        var node: Int?
        var action: Action
    }

    /// Everything that may happen next.
    var steps: [Step] {
        var steps: [Step] = []
        for node in nodes.indices {
            for action in actions(of: nodes[node]) { steps.append(Step(node: node, action: action)) }
            guard scope.losesAnswers, late == nil, let statement = statement(of: node) else { continue }
            steps.append(Step(node: node, action: .lose(statement)))
        }
        if late != nil { steps.append(Step(action: .lateStatement)) }
        if row.state == .complete { steps.append(Step(action: .finalize)) }
        guard scope.timePasses else { return steps }
        if row.lease?.isLive == true { steps.append(Step(action: .leaseRunsOut)) }
        if !row.isOverdue, row.state == .open { steps.append(Step(action: .timeRunsOut)) }
        if row.isOverdue, !row.isRemoved { steps.append(Step(action: .expire)) }
        return steps
    }

    private func actions(of node: ModelNode) -> [Step.Action] {
        switch node {
        case .idle: mayBegin ? beginnings : []
        case .filling: [.commit] + (scope.crashes ? [.crash] : [])
        case .asking: [.look]
        case .waiting: [.look, .force]
        case .terminating: [.terminate]
        case .writing(let writer): actions(of: writer) + (scope.crashes ? [.crash, .abandon] : [])
        }
    }

    private var mayBegin: Bool { row.fence < scope.fences && !row.isRemoved && row.state == .open }

    private var beginnings: [Step.Action] {
        var all = [Step.Action.begin(.patch(offset: row.offset))]
        // `Upload.isEmpty`
        if fills < scope.fills, row.offset == 0, row.lease == nil, row.chunkFences.isEmpty { all.append(.fill) }
        return scope.othersAsk ? all + [.begin(.head), .begin(.delete)] : all
    }

    private func actions(of writer: ModelNode.Writer) -> [Step.Action] {
        switch writer.phase {
        case .opening: return [.open, .stopWithoutSync]
        case .committing: return [.commit]
        case .settling: return [.settle]
        case .streaming:
            var actions: [Step.Action] = [.finish, .stopWithoutSync]
            // Else both are the same.
            if writer.written == scope.length { actions.append(.stop) } else { actions.append(.write) }
            if writer.synced != nil { actions.append(.checkpoint) }
            if writer.synced == nil, writer.written > writer.checkpointed { actions.append(.syncForCheckpoint) }
            return actions
        }
    }

    /// The statement that a node is about to send.
    private func statement(of node: Int) -> ModelNode.Statement? {
        switch nodes[node] {
        case .idle: return mayBegin ? .claim(offset: row.offset, node: node, turn: nil) : nil
        case .asking(.patch(let offset), let turn): return .claim(offset: offset, node: node, turn: turn)
        case .asking: return .takeTurn
        case .waiting(_, _, let fence): return .fenceOff(fence: fence)
        case .terminating(let fence): return .terminate(fence: fence)
        case .filling(let file): return .completeAtOnce(file: file)
        case .writing(let writer):
            if case .committing(let statement, _) = writer.phase { return statement }
            return writer.phase == .streaming ? writer.synced.map { checkpoint(of: writer, to: $0) } : nil
        }
    }
}

extension ModelWorld.Step: CustomStringConvertible {
    var description: String {
        let what =
            switch action {
            case .begin(let request): "begins \(request)"
            case .lose(let statement): "sends \(statement) and hears nothing"
            default: "\(action)"
            }
        return (node.map { "node \($0): " } ?? "") + what
    }
}
