import UploadProtocol

/// `Reception` and `ChunkStream`, step by step.
extension ModelWorld {
    typealias Writer = ModelNode.Writer

    mutating func write(_ action: Step.Action, _ writer: Writer) -> ModelNode {
        var writer = writer
        switch (action, writer.phase) {
        case (.open, _): open(&writer)
        case (.write, _): writeByte(&writer)
        case (.syncForCheckpoint, _): writer.synced = sync(writer)
        case (.checkpoint, _): return checkpoint(writer)
        case (.finish, _):
            let safe = sync(writer)
            let isWhole = safe == scope.length
            end(&writer, isWhole ? .complete(fence: writer.fence, offset: safe) : release(of: writer, at: safe))
        case (.stop, _): end(&writer, release(of: writer, at: sync(writer)))
        case (.stopWithoutSync, _): end(&writer, release(of: writer, at: writer.checkpointed))
        case (.commit, .committing(let statement, let isRepeated)): return commit(statement, writer, isRepeated)
        case (.settle, .settling(let statement)): return settle(statement, writer)
        case (.abandon, _):
            _ = execute(.fenceOff(fence: writer.fence))
            return .idle
        default: violated(.modelIsSound)
        }
        return .writing(writer)
    }

    private mutating func open(_ writer: inout Writer) {
        let committed = writer.written - writer.chunkStart
        let size = volume.names[writer.chunkFence].map { volume.files[$0].count }
        let trusted = flaw == .trustsTheFileSize ? max(size ?? 0, committed) : committed
        guard let file = volume.open(writer.chunkFence, committed: trusted) else {
            // Only a claim that is still held has a right to find its file.
            if row.fence == writer.fence { violated(.namedFilesExist) }
            return end(&writer, release(of: writer, at: writer.claimed))
        }
        (writer.file, writer.phase) = (file, .streaming)
        writer.written = min(writer.chunkStart + trusted, scope.length)
    }

    private mutating func writeByte(_ writer: inout Writer) {
        guard let file = writer.file else { return violated(.modelIsSound) }
        let byte = ModelVolume.byte(at: writer.written, from: writer.fence)
        volume.write(byte, to: file, at: writer.written - writer.chunkStart)
        writer.written += 1
    }

    /// `ChunkStream.sync`: the offset up to which all is safe.
    private mutating func sync(_ writer: Writer) -> Int {
        if flaw != .commitsBeforeSync, let file = writer.file { volume.sync(file) }
        return writer.written
    }

    private mutating func end(_ writer: inout Writer, _ statement: ModelNode.Statement) {
        writer.phase = .committing(statement, isRepeated: false)
        if flaw == .answersBeforeCommit { acknowledge(writer.written) }
    }

    func release(of writer: Writer, at offset: Int) -> ModelNode.Statement {
        .release(fence: writer.fence, offset: counting(offset, of: writer))
    }

    func checkpoint(of writer: Writer, to offset: Int) -> ModelNode.Statement {
        .checkpoint(fence: writer.fence, offset: counting(offset, of: writer))
    }

    /// `UploadStore.move`: the last byte counts with the upload's completion only.
    private func counting(_ offset: Int, of writer: Writer) -> Int {
        leavesWholeUploadsOpen ? offset : max(writer.claimed, min(offset, scope.length - 1))
    }

    /// Else there is no file of which an ousted writer made all bytes count.
    private var leavesWholeUploadsOpen: Bool {
        flaw == .leavesAWholeUploadOpen || flaw == .renamesAnOustedWritersFile
    }

    private mutating func checkpoint(_ writer: Writer) -> ModelNode {
        guard let synced = writer.synced, execute(checkpoint(of: writer, to: synced)) != nil else { return .idle }
        var writer = writer
        writer.checkpointed = synced
        writer.synced = nil
        return .writing(writer)
    }
}

/// The last statement.
extension ModelWorld {
    /// Answers after the commit. No row: the claim is lost, and there is no answer.
    private mutating func commit(
        _ statement: ModelNode.Statement, _ writer: Writer, _ isRepeated: Bool
    ) -> ModelNode {
        guard execute(statement) != nil || (isRepeated && tookEffect(statement, of: writer)) else { return .idle }
        acknowledge(row.offset)
        guard flaw == .writesAfterRelease, writer.file != nil, writer.written < scope.length else { return .idle }
        var writer = writer
        writer.phase = .streaming
        return .writing(writer)
    }

    /// `UploadStore.outcome`.
    private mutating func settle(_ statement: ModelNode.Statement, _ writer: Writer) -> ModelNode {
        guard row.fence == writer.fence else { return .idle }
        guard !tookEffect(statement, of: writer) else {
            acknowledge(row.offset)
            return .idle
        }
        var writer = writer
        writer.phase = .committing(statement, isRepeated: true)
        return .writing(writer)
    }

    private func tookEffect(_ statement: ModelNode.Statement, of writer: Writer) -> Bool {
        guard row.fence == writer.fence else { return false }
        guard case .release(_, let offset) = statement else { return row.state != .open }
        return row.offset == offset && row.lease == nil
    }
}

/// `WholeBody` and `UploadStore.completeAtOnce`: no claim, and a file whose number no claim has.
extension ModelWorld {
    private static let firstNumber = 8

    mutating func fill() -> ModelNode {
        // Here below 16, so that it fits into a byte.
        let number = flaw == .fillsTheClaimsFile ? row.fence + 1 : Self.firstNumber + fills
        fills += 1
        guard let file = volume.open(number, committed: 0) else {
            violated(.modelIsSound)
            return .idle
        }
        for position in 0..<scope.length {
            volume.write(ModelVolume.byte(at: position, from: number), to: file, at: position)
        }
        volume.sync(file)
        return .filling(file: number)
    }

    /// Refused, it throws its file away and goes the way of a claim.
    mutating func commit(filled number: Int) -> ModelNode {
        guard execute(.completeAtOnce(file: number)) != nil else {
            volume.names[number] = nil
            return .asking(.patch(offset: 0), turn: nil)
        }
        acknowledge(row.offset)
        return .idle
    }
}
