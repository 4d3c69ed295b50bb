package import Foundation
package import UploadProtocol

/// An upload by tus that takes bytes and that nobody writes to or waits for: all that HEAD tells of it, and what says
/// who may ask.
package struct OpenUpload: Sendable {
    package var id: UploadID
    package var folder: UUID
    package var owner: String
    /// Bytes in all; nil while it is deferred.
    package var length: Int64?
    /// Bytes that count.
    package var offset: Int64
    /// `Upload-Metadata` as it came.
    package var metadata: String
    /// `partial`, or nil.
    package var concat: String?
    package var expires: Date
}
