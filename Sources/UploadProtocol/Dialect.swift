package import HTTPTypes

/// The two protocols in which an upload may be made and continued.
///
/// An upload keeps the dialect that created it. In tus an upload is complete when its last byte is there; in the draft
/// only when its client says so (`Upload-Complete: ?1`). So neither may append to the other's uploads: what one takes
/// for the end the other does not. DELETE means the same in both, and GET belongs to neither.
package enum Dialect: String, CaseIterable, Sendable {
    case tus, draft

    /// The dialect in which a POST creates an upload (API.md §4): `Tus-Resumable` means tus, whatever else is there;
    /// without it `Upload-Complete`, even a malformed one, means the draft; without both it is tus, which refuses it.
    package static func ofCreation(_ fields: HTTPFields) -> Dialect {
        !fields.contains(.tusResumable) && fields.contains(.uploadComplete) ? .draft : .tus
    }

    /// The dialect that a request on an existing upload names by itself; `nil`: that of the upload counts.
    package static func named(by fields: HTTPFields) -> Dialect? {
        fields.contains(.tusResumable) ? .tus : nil
    }

    /// For a request on an upload that is not there: whether its sender would understand the draft's form of an error.
    package static func seemsDraft(_ fields: HTTPFields) -> Bool {
        guard !fields.contains(.tusResumable) else { return false }
        return fields.contains(.uploadComplete) || fields.contains(.uploadDraftInteropVersion)
    }
}
