/// What must hold in every world that can be reached (DESIGN.md, Invariants).
enum Invariant: String, Sendable {
    case bytesStandWhereTheRowSays = "a committed byte does not stand where the row says, as its claim wrote it, synced"
    case namedFilesExist = "the row names bytes that are not on the volume"
    case finishedFileIsWhatWasCommitted = "the finished file is not what was committed"
    case nobodyWritesToARenamedFile = "a file is renamed that a writer may still write to"
    case offsetNeverFalls = "the offset fell"
    case fenceNeverFalls = "the fence fell, or stayed at a claim"
    case acknowledgedBytesCount = "an answer named more than the row's offset"
    case oneWriterByFence = "a writer moved the row after it had lost its claim"
    case headIsAccepted = "the offset that HEAD told is not accepted, or an older request comes between"
    case newestRequestWins = "a request got the claim for which a newer one waits"
    case completesOnce = "an upload was completed twice"
    case allBytesMeanComplete = "all bytes are there, so no client comes again, and nothing finishes the upload"
    case noClaimStandsForever = "all nodes are silent, and a new request does not get the claim"
    case newcomersFinish = "a new request has the claim and cannot bring the upload to its end"
    case onlyOpenUploadsAreHeld = "a claim stands on an upload that is not open"
    case modelIsSound = "the model took a step that it does not know, or changed a row without saying so"
}
