package import HTTPTypes

/// The fields of the draft's answers. Sizes are bytes, URLs absolute or relative.
package enum DraftFields {
    /// The 104 that announces an upload to the request that creates it.
    ///
    /// §4.2.2: "When sent, it MUST include `Location` header field pointing to the upload resource and MUST include the
    /// `Upload-Limit` header field with the corresponding limits ([…]) if existing."
    package static func announcement(location: String, _ limits: UploadLimits) -> HTTPFields {
        var fields = interim()
        fields[.location] = ResponseFields.escaped(location)
        fields[.uploadLimit] = limits.fieldValue
        return fields
    }

    /// A 104 that tells how far the content has been processed; everything up to here needs no sending again.
    ///
    /// §4.4.2: "These interim responses MUST NOT include the `Location` header field."
    package static func progress(offset: Int64) -> HTTPFields {
        var fields = interim()
        fields[.uploadOffset] = String(offset)
        return fields
    }

    /// "Server implementations of draft versions of the protocol MUST also send a header field
    /// `Upload-Draft-Interop-Version` with the interop version as its value to the `104 (Upload Resumption Supported)`
    /// informational response."
    private static func interim() -> HTTPFields { [.uploadDraftInteropVersion: String(Draft.interopVersion)] }

    /// The 201 of a creation that is to go on.
    ///
    /// §4.2.2: "If the request content was fully processed, the server MUST include the `Location` response header
    /// field pointing to the upload resource and MUST include the `Upload-Limit` header field".
    package static func created(location: String, offset: Int64, _ limits: UploadLimits) -> HTTPFields {
        var fields = appended(offset: offset, limits)
        fields[.location] = ResponseFields.escaped(location)
        return fields
    }

    /// The 204 of an append that is not the last.
    ///
    /// §4.4.2: "the server acknowledges the appended data by sending a `2xx (Successful)` response with the
    /// `Upload-Complete` header field set to false."
    package static func appended(offset: Int64, _ limits: UploadLimits) -> HTTPFields {
        var fields: HTTPFields = [.cacheControl: "no-store"]
        fields[.uploadComplete] = structured(false)
        fields[.uploadOffset] = String(offset)
        fields[.uploadLimit] = limits.fieldValue
        return fields
    }

    /// The 204 of a HEAD; `item` once there is one.
    ///
    /// §4.3.2: it "MUST include the offset in the `Upload-Offset` header field", "MUST include the completeness state
    /// in the `Upload-Complete` header field", "MUST include the length in the `Upload-Length` header field, unless the
    /// client has not supplied one", "MUST indicate the limits in the `Upload-Limit` header field" and "SHOULD include
    /// the `Cache-Control` header field with the value `no-store`".
    package static func head(
        _ upload: UploadStatus, _ limits: UploadLimits, item: String?, finalization: String?
    ) -> HTTPFields {
        var fields = appended(offset: upload.offset, limits)
        fields[.uploadComplete] = structured(upload.state != .open)
        fields[.uploadLength] = upload.length.map { String($0) }
        describe(item, finalization, in: &fields)
        return fields
    }

    /// The final response: 201 with the item.
    ///
    /// §4.4.2: "However, the response MUST include the `Upload-Complete` header field with a true value".
    package static func final(offset: Int64, item: String?, finalization: String?) -> HTTPFields {
        var fields: HTTPFields = [.cacheControl: "no-store"]
        fields[.uploadComplete] = structured(true)
        fields[.uploadOffset] = String(offset)
        describe(item, finalization, in: &fields)
        return fields
    }

    /// §11: "the server can send the desired information in header fields, which are included in both the final
    /// response and responses when the client fetches the upload state via a HEAD request".
    private static func describe(_ item: String?, _ finalization: String?, in fields: inout HTTPFields) {
        fields[.location] = item.map(ResponseFields.escaped)
        fields[.link] = item.map { "<\(ResponseFields.escaped($0))>; rel=\"item\"" }
        fields[.uploadFinalization] = finalization
    }
}
