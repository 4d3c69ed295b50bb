package import UploadProtocol

/// Why an upload cannot be read or written now. Database trouble comes as `PostgresError`.
package enum UploadError: Error, Sendable, Equatable {
    /// No such upload in this folder.
    case notFound
    /// It expired, was terminated, or its tombstone was removed.
    case gone
    /// It is somebody else's.
    case forbidden
    /// The offset that the client named is not the current one.
    case offsetMoved(current: Int64)
    /// A newer claim has been made: what this writer has not committed counts for nothing.
    case claimLost
    /// All bytes are there already; `upload` tells the rest.
    case alreadyComplete(Upload)
    /// It was created in this dialect, and takes bytes in no other.
    case otherDialect(Dialect)
    /// The folder disappeared while the upload ran.
    case folderGone
    /// A final upload is made of its parts: it takes no bytes.
    case madeOfParts
    /// The finalizer gave the upload up.
    case failed(reason: String)
}
