/// One mistake, put into the model to see that the checker finds it.
enum Flaw: String, CaseIterable, Sendable {
    /// A claim goes on in the last file although its writer was ousted.
    case appendsAfterForce
    /// FenceUpload does not say that the claim was taken by force.
    case forceLeavesItClean
    /// CheckpointUpload lacks `fence = mine`.
    case checkpointIgnoresTheFence
    /// CheckpointUpload lacks `"offset" <= new`.
    case checkpointMayFall
    /// CompleteUpload lacks `state = 'open'` and the lease.
    case completesAgain
    /// HEAD answers when the lease has run out, and leaves the claim standing.
    case headTrustsADeadLease
    /// HEAD does not send away the requests that wait.
    case headLeavesWaitersAlone
    /// HEAD answers when a newer request waits, though the writer that it waited for still holds the claim.
    case overtakenHeadAnswersAtOnce
    /// ClaimUpload lacks `turn = mine`.
    case claimIgnoresTurns
    /// The finalizer renames the file that has all bytes, though its last writer was ousted.
    case renamesAnOustedWritersFile
    /// The finalizer renames the last file, though there are others.
    case renamesOneOfSeveral
    /// A new file's start is not the upload's offset.
    case newFileStartsAtZero
    /// A writer goes on where the file ends, not where the row says.
    case trustsTheFileSize
    /// A writer commits what it has not synced.
    case commitsBeforeSync
    /// A writer lets go while a write is still under way.
    case writesAfterRelease
    /// A writer answers before its last statement.
    case answersBeforeCommit
    /// A writer makes the last byte count without completing the upload.
    case leavesAWholeUploadOpen
    /// A claim whose holder is silent is never taken.
    case neverForces
    /// CompleteAtOnce does not mind that bytes count already.
    case fillIgnoresWhatCounts
    /// A whole body is written to the file that the next claim will write to.
    case fillsTheClaimsFile

    /// What it takes to find it.
    var scope: ModelWorld.Scope {
        var scope = ModelWorld.Scope()
        switch self {
        case .completesAgain: scope.losesAnswers = true
        case .checkpointMayFall: (scope.losesAnswers, scope.length) = (true, 3)
        case .headTrustsADeadLease: (scope.othersAsk, scope.timePasses) = (true, true)
        case .headLeavesWaitersAlone, .overtakenHeadAnswersAtOnce: (scope.nodes, scope.othersAsk) = (3, true)
        case .claimIgnoresTurns: scope.nodes = 3
        case .neverForces: scope.triesRecovery = true
        case .fillIgnoresWhatCounts, .fillsTheClaimsFile: scope.fills = 2
        default: break
        }
        return scope
    }

    /// What it breaks first.
    var breaks: Invariant {
        switch self {
        case .appendsAfterForce, .forceLeavesItClean, .newFileStartsAtZero, .trustsTheFileSize, .commitsBeforeSync,
            .writesAfterRelease:
            .bytesStandWhereTheRowSays
        case .checkpointIgnoresTheFence: .oneWriterByFence
        case .checkpointMayFall: .offsetNeverFalls
        case .completesAgain: .completesOnce
        case .headTrustsADeadLease, .headLeavesWaitersAlone, .overtakenHeadAnswersAtOnce: .headIsAccepted
        case .claimIgnoresTurns: .newestRequestWins
        case .renamesAnOustedWritersFile: .nobodyWritesToARenamedFile
        case .renamesOneOfSeveral: .namedFilesExist
        case .answersBeforeCommit: .acknowledgedBytesCount
        case .leavesAWholeUploadOpen: .allBytesMeanComplete
        case .neverForces: .noClaimStandsForever
        case .fillIgnoresWhatCounts: .oneWriterByFence
        case .fillsTheClaimsFile: .bytesStandWhereTheRowSays
        }
    }
}
