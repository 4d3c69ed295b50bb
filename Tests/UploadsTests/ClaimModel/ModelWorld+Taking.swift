import UploadProtocol
import Uploads

extension ModelWorld {
    /// The world after one of its `steps`; `violation` tells when an invariant does not hold in it.
    func after(_ step: Step) -> ModelWorld {
        var world = self
        world.take(step)
        world.check()
        return world
    }

    private mutating func take(_ step: Step) {
        guard let node = step.node else { return happen(step.action) }
        switch (step.action, nodes[node]) {
        case (.begin(let request), _): look(node, request, turn: nil)
        case (.look, .asking(let request, let turn)): look(node, request, turn: turn)
        case (.look, .waiting(let request, let turn, _)): look(node, request, turn: turn)
        case (.force, .waiting(let request, let turn, let fence)):
            _ = execute(.fenceOff(fence: fence))
            nodes[node] = .asking(request, turn: turn)
        case (.terminate, .terminating(let fence)):
            nodes[node] = execute(.terminate(fence: fence)) == nil ? .asking(.delete, turn: nil) : .idle
        case (.lose(let statement), let state):
            late = statement
            nodes[node] = Self.unanswered(state, statement)
        case (.crash, _): nodes[node] = .idle
        case (.fill, _): nodes[node] = fill()
        case (.commit, .filling(let file)): nodes[node] = commit(filled: file)
        case (let action, .writing(let writer)): nodes[node] = write(action, writer)
        default: violated(.modelIsSound)
        }
    }

    private mutating func happen(_ action: Step.Action) {
        switch action {
        case .lateStatement:
            if let statement = late { _ = execute(statement) }
            late = nil
        case .leaseRunsOut: row.leaseRunsOut()
        case .timeRunsOut: row.timeRunsOut()
        case .expire: row.expire()
        case .finalize: finalize()
        default: violated(.modelIsSound)
        }
    }

    /// A request that cannot tell what became of its statement ends; a writer finds out.
    private static func unanswered(_ node: ModelNode, _ statement: ModelNode.Statement) -> ModelNode {
        guard case .writing(var writer) = node else { return .idle }
        if case .committing = writer.phase { writer.phase = .settling(statement) }
        return .writing(writer)
    }

    func flawedWhole(of chunks: ChunkList) -> Int64? {
        switch flaw {
        case .renamesAnOustedWritersFile: chunks.pieces.count == 1 ? chunks.pieces[0].fence : nil
        case .renamesOneOfSeveral: chunks.fences.last
        default: nil
        }
    }

    /// `Finalization`, in one step: nobody can disturb it but those who have a file open.
    mutating func finalize() {
        let chunks = row.chunks
        let whole = flawedWhole(of: chunks) ?? chunks.whole
        if let whole, nodes.contains(where: { $0.mayWrite(to: Int(whole)) }) { violated(.nobodyWritesToARenamedFile) }
        if !volume.assemble(chunks, whole: whole) || volume.blob == nil { violated(.namedFilesExist) }
        row.finalize()
    }
}

extension ModelNode {
    /// It has this chunk open, or is about to open it.
    fileprivate func mayWrite(to chunk: Int) -> Bool {
        guard case .writing(let writer) = self, writer.chunkFence == chunk else { return false }
        return writer.phase == .opening || writer.phase == .streaming
    }
}
