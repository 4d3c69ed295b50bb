package import Digests
package import Foundation
package import Postgres
package import UploadProtocol

/// One upload as its row tells it: the only truth about offsets (DESIGN.md, invariant 1).
package struct Upload: Sendable, Equatable {
    /// Where an upload stands in its life; `complete` has all bytes and a job, `finalized` is a published item.
    package typealias State = UploadStatus.State

    /// Who may write now. The database's clock decides whether it still lives.
    package struct Lease: Sendable, Equatable {
        package var node: NodeID
        package var isLive: Bool
    }

    /// The folder and the name of an item.
    package struct Standing: Sendable, Equatable {
        package var folder: UUID
        package var name: String
    }

    package var id: UploadID
    /// The folder that the item goes into, or the item whose file is replaced.
    package var folder: UUID
    package var replaces: Bool
    package var owner: String
    /// In which it was created, and in which alone bytes are appended.
    package var dialect: Dialect
    package var state: State
    /// Bytes in all; nil while it is deferred.
    package var length: Int64?
    /// Bytes that count.
    package var offset: Int64
    /// `Upload-Metadata` as it came.
    package var metadata: String
    /// `Upload-Concat` as it came: nil for an upload that is neither a part nor made of parts.
    package var concat: String?
    package var filename: String
    package var contentType: String
    /// `File` or `Image`.
    package var kind: String
    package var fence: Int64
    package var lease: Lease?
    package var turn: Int64
    package var claimedTurn: Int64
    package var chunks: ChunkList
    /// What the whole must hash to, or it is not published.
    package var expected: ContentDigests
    /// By which algorithms else its client wants to be told what the whole hashes to.
    package var wanted: [DigestAlgorithm]
    /// What the whole was found to hash to.
    package var known: ContentDigests
    /// The item that it became or will become; known from the last byte on.
    package var item: UUID?
    /// Where the item stands; nil also if nobody asked.
    package var standing: Standing?
    package var expires: Date
    package var finished: Date?
    /// Answers 410 from now on: expired, terminated, or its tombstone was removed.
    package var isRemoved: Bool
    package var reason: String?
}

extension Collection where Element == Upload {
    /// The bytes of these parts together; nil if a length is deferred, or if they are more than 2^63-1.
    package var joinedLength: Int64? {
        var sum: Int64 = 0
        for part in self {
            guard let length = part.length else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(length)
            guard !overflow else { return nil }
            sum = next
        }
        return sum
    }
}

extension Upload {
    /// Why a removed upload cannot be had any more.
    package var farewell: UploadError {
        if state == .terminated, let reason { .failed(reason: reason) } else { .gone }
    }

    /// Part of a later upload: never an item of its own.
    package var isPartial: Bool { concat == "partial" }

    /// Made of parts: it has no bytes of its own, and takes none.
    package var isFinal: Bool { concat != nil && !isPartial }

    /// A final upload some part of which is still open.
    package var isWaitingForParts: Bool { isFinal && state == .complete && length == nil }

    /// The columns that `init(row:)` reads, in any statement on table `upload`.
    package static let columns = """
        id, folder_id, replaces, owner, dialect, state, length, "offset", metadata, concat, filename, content_type,
        kind, fence, turn, claimed_turn, lease_node, lease_until > clock_timestamp() AS lease_is_live,
        clean, chunk_fences, chunk_starts, item_id,
        expected_sha256, expected_sha512, wanted_digests, known_sha256, known_sha512,
        expires_at, finished_at, reason,
        removed_at IS NOT NULL
            OR (lease_node IS NULL AND (state <> 'complete' OR concat IS NOT DISTINCT FROM 'partial')
                AND expires_at <= clock_timestamp()) AS is_removed
        """

    package init(row: Row) throws {
        let node: String? = try row["lease_node"]
        self.init(
            id: try row["id"], folder: try row["folder_id"], replaces: try row["replaces"], owner: try row["owner"],
            dialect: try row["dialect"], state: try row["state"], length: try row["length"], offset: try row["offset"],
            metadata: try row["metadata"], concat: try row["concat"], filename: try row["filename"],
            contentType: try row["content_type"], kind: try row["kind"], fence: try row["fence"],
            lease: try node.map { Lease(node: NodeID(name: $0), isLive: try row["lease_is_live"]) },
            turn: try row["turn"], claimedTurn: try row["claimed_turn"],
            chunks: ChunkList(
                fences: try row["chunk_fences"], starts: try row["chunk_starts"], end: try row["offset"],
                isClean: try row["clean"]),
            expected: ContentDigests(sha256: try row["expected_sha256"], sha512: try row["expected_sha512"]),
            wanted: try (row["wanted_digests"] as [String]).compactMap(DigestAlgorithm.init(rawValue:)),
            known: ContentDigests(sha256: try row["known_sha256"], sha512: try row["known_sha512"]),
            item: try row["item_id"], expires: try row["expires_at"], finished: try row["finished_at"],
            isRemoved: try row["is_removed"], reason: try row["reason"])
    }
}
