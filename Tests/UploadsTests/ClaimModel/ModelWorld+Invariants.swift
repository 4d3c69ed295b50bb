import UploadProtocol

/// Looking at one world. What is wrong with a step itself is noticed where it is taken.
extension ModelWorld {
    mutating func check() {
        if let broken = stateViolation ?? bytesViolation ?? promiseViolation { violated(broken) }
        if scope.triesRecovery, violation == nil, let broken = livenessViolation { violated(broken) }
    }

    private var stateViolation: Invariant? {
        if row.lease != nil, row.state != .open { return .onlyOpenUploadsAreHeld }
        guard row.state == .open, row.offset == scope.length else { return nil }
        return flaw == .renamesAnOustedWritersFile ? nil : .allBytesMeanComplete
    }

    private var bytesViolation: Invariant? {
        if let blob = volume.blob {
            let isWhole = volume.files[blob] == promises.committers.indices.map { expected($0) }
            return isWhole ? nil : .finishedFileIsWhatWasCommitted
        }
        guard !row.isRemoved else { return nil }
        for position in 0..<row.offset where storedByte(position) != expected(position) {
            return .bytesStandWhereTheRowSays
        }
        return nil
    }

    private func expected(_ position: Int) -> ModelVolume.Byte {
        ModelVolume.byte(at: position, from: promises.committers[position]) | ModelVolume.durable
    }

    /// File i holds the bytes from its start up to the next one's.
    private func storedByte(_ position: Int) -> ModelVolume.Byte? {
        guard let index = row.chunkStarts.lastIndex(where: { $0 <= position }),
            let file = volume.names[row.chunkFences[index]]
        else { return nil }
        let place = position - row.chunkStarts[index]
        return place < volume.files[file].count ? volume.files[file][place] : nil
    }

    private var promiseViolation: Invariant? {
        if row.offset < promises.acknowledged { return .acknowledgedBytesCount }
        guard let told = promises.told, row.state == .open, !row.isOverdue else { return nil }
        var row = row
        return row.claim(at: told.offset, by: 0) == .noRow ? .headIsAccepted : nil
    }

    /// Should every node fall silent now, a new request gets the claim, finds the committed bytes, and the upload
    /// becomes the file that it was to be.
    private var livenessViolation: Invariant? {
        guard row.state == .open, !row.isOverdue else { return nil }
        var world = self
        world.nodes = [.idle]
        if row.lease != nil { _ = world.execute(.fenceOff(fence: row.fence)) }
        guard let claimed = world.execute(.claim(offset: row.offset, node: 0, turn: nil)) else {
            return .noClaimStandsForever
        }
        var node = world.write(.open, Writer(claimed))
        while case .writing(let writer) = node {
            node = world.write(Self.straightOn(writer, to: scope.length), writer)
        }
        if world.row.state == .complete { world.finalize() }
        return world.row.state == .finalized && world.bytesViolation == nil ? nil : .newcomersFinish
    }

    private static func straightOn(_ writer: Writer, to length: Int) -> Step.Action {
        guard writer.phase == .streaming else { return .commit }
        return writer.written < length ? .write : .finish
    }
}
