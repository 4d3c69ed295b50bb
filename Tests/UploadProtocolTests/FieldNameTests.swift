import HTTPTypes
import Testing
import UploadProtocol

@Suite struct FieldNameTests {
    @Test func everyFieldNameIsSpelledAsInTheSpecification() {
        let names: [(HTTPField.Name, String)] = [
            (.tusResumable, "Tus-Resumable"), (.tusVersion, "Tus-Version"), (.tusExtension, "Tus-Extension"),
            (.tusMaxSize, "Tus-Max-Size"), (.tusChecksumAlgorithm, "Tus-Checksum-Algorithm"),
            (.uploadOffset, "Upload-Offset"), (.uploadLength, "Upload-Length"),
            (.uploadDeferLength, "Upload-Defer-Length"), (.uploadMetadata, "Upload-Metadata"),
            (.uploadConcat, "Upload-Concat"), (.uploadChecksum, "Upload-Checksum"),
            (.reprDigest, "Repr-Digest"), (.contentDigest, "Content-Digest"),
            (.uploadExpires, "Upload-Expires"), (.uploadFinalization, "Upload-Finalization"),
            (.uploadFailure, "Upload-Failure"), (.wantReprDigest, "Want-Repr-Digest"),
            (.uploadLimit, "Upload-Limit"), (.uploadComplete, "Upload-Complete"),
            (.uploadDraftInteropVersion, "Upload-Draft-Interop-Version"), (.acceptPatch, "Accept-Patch"),
            (.xHTTPMethodOverride, "X-HTTP-Method-Override"), (.xRequestID, "X-Request-ID"),
            (.xTussockNode, "X-Tussock-Node"), (.link, "Link"),
        ]
        for (name, text) in names { #expect(name.rawName == text) }
    }
}
