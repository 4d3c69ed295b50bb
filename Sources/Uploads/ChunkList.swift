/// The chunk files of one upload, in order: file `fences[i]` holds the bytes from `starts[i]` to the next start.
///
/// A file keeps being the last one while claims are handed over cleanly; a claim that was taken by force appends a
/// new one, since the ousted writer may still write past the committed end of its own. Files without committed bytes
/// stay listed, so that they are removed in the end.
///
/// An upload that one request brought whole was never claimed: its file has a number of its own in place of a fence,
/// from 2^62 on, which no fence ever reaches.
package struct ChunkList: Sendable, Equatable {
    package var fences: [Int64]
    package var starts: [Int64]
    /// The upload's offset, where the last file's committed bytes end.
    package var end: Int64
    /// Whether the last writer of the last file handed it over.
    package var isClean: Bool

    package init(fences: [Int64], starts: [Int64], end: Int64, isClean: Bool) {
        self.fences = fences
        self.starts = starts
        self.end = end
        self.isClean = isClean
    }

    /// The files that have committed bytes, with their lengths in bytes; they add up to `end`.
    package var pieces: [(fence: Int64, length: Int64)] {
        fences.indices.compactMap { index in
            let next = index + 1 < starts.count ? starts[index + 1] : end
            return next > starts[index] ? (fences[index], next - starts[index]) : nil
        }
    }

    /// The file that holds every byte and that nobody else may write to any more: finalizing it is a rename.
    package var whole: Int64? {
        guard isClean, pieces.count == 1, pieces[0].fence == fences.last else { return nil }
        return pieces[0].fence
    }

    /// Whether that file is the only one: renaming it leaves nothing behind.
    package var isOneFile: Bool { whole != nil && fences.count == 1 }
}
