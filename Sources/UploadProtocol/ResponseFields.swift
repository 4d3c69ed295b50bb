package import HTTPTypes

/// The fields of the successful answers. Times are seconds since 1970, sizes bytes, URLs absolute or relative.
///
/// Core, Tus-Resumable: the header "MUST be included in every request and response except for `OPTIONS` requests".
/// URLs are written so that nothing in them can end the field or the link.
package enum ResponseFields {
    /// The 201 of a POST. `offset` is given if the request had a body, `item` and `pending` if it completed the upload.
    ///
    /// Creation, POST: "The Server MUST set the `Location` header to the URL of the created resource." Creation With
    /// Upload: "MUST include the `Upload-Offset` header in the response and MUST set its value to the offset of the
    /// upload after applying the accepted bytes." Expiration: "If the expiration is known at the creation, the
    /// `Upload-Expires` header MUST be included in the response to the initial `POST` request."
    package static func created(
        location: String, expires: Int64?, offset: Int64? = nil, item: String? = nil, pending: Bool = false
    ) -> HTTPFields {
        var fields = base(offset: offset, expires: expires, item: item, pending: pending)
        fields[.location] = escaped(location)
        return fields
    }

    /// The 200 of a HEAD. `expires` while the upload is unfinished, `item` once there is one.
    ///
    /// Core, HEAD: "The Server MUST always include the `Upload-Offset` header in the response for a `HEAD` request,
    /// even if the offset is `0`, or the upload is already considered completed. If the size of the upload is known,
    /// the Server MUST include the `Upload-Length` header". Creation: "As long as the length of the upload is not
    /// known, the Server MUST set `Upload-Defer-Length: 1` in all responses to `HEAD` requests." "If an upload contains
    /// additional metadata, responses to `HEAD` requests MUST include the `Upload-Metadata` header and its value as
    /// specified by the Client during the creation." `metadata` is `UploadMetadata.raw`, `concat` `UploadConcat.raw`.
    package static func head(
        _ status: UploadStatus, metadata: String, expires: Int64?, item: String? = nil, pending: Bool = false,
        concat: String? = nil
    ) -> HTTPFields {
        var fields = base(offset: status.offset, expires: expires, item: item, pending: pending)
        kept(&fields, metadata: metadata, concat: concat)
        if let length = status.length {
            fields[.uploadLength] = String(length)
        } else {
            fields[.uploadDeferLength] = "1"
        }
        fields[.location] = item.map(escaped)
        return fields
    }

    /// The 200 of a HEAD on a final upload. `length` as soon as it is known, `isJoined` when the item is published.
    ///
    /// Concatenation: "The response to a `HEAD` request for a final upload SHOULD NOT contain the `Upload-Offset`
    /// header unless the concatenation has been successfully finished. After successful concatenation, the
    /// `Upload-Offset` and `Upload-Length` MUST be set and their values MUST be equal." "The `Upload-Length` header
    /// MUST be included if the length of the final resource can be calculated at the time of the request."
    package static func headOfFinal(
        length: Int64?, isJoined: Bool, metadata: String, concat: String, item: String?, pending: Bool
    ) -> HTTPFields {
        var fields = base(offset: isJoined ? length : nil, expires: nil, item: item, pending: pending)
        kept(&fields, metadata: metadata, concat: concat)
        fields[.uploadLength] = length.map { String($0) }
        if isJoined { fields[.location] = item.map(escaped) }
        return fields
    }

    /// What HEAD tells of an upload as it was created.
    private static func kept(_ fields: inout HTTPFields, metadata: String, concat: String?) {
        // "The Server MUST prevent the client and/or proxies from caching the response by adding the
        // `Cache-Control: no-store` header to the response."
        fields[.cacheControl] = "no-store"
        if !metadata.isEmpty { fields[.uploadMetadata] = metadata }
        fields[.uploadConcat] = concat
    }

    /// The 204 of a PATCH. `expires` while the upload is unfinished, `item` and `pending` if this completed it.
    ///
    /// Core, PATCH: "It MUST include the `Upload-Offset` header containing the new offset." Expiration: Upload-Expires
    /// "MUST be included in every `PATCH` response if the upload is going to expire".
    package static func appended(
        offset: Int64, expires: Int64?, item: String? = nil, pending: Bool = false
    ) -> HTTPFields {
        var fields = base(offset: offset, expires: expires, item: item, pending: pending)
        fields[.location] = item.map(escaped)
        return fields
    }

    /// The 204 of a DELETE.
    package static func terminated() -> HTTPFields { [.tusResumable: Tus.version] }

    /// `Link: <item>; rel="item"` (API.md §3) and `Upload-Finalization: pending` speak of the item in every answer.
    private static func base(offset: Int64?, expires: Int64?, item: String?, pending: Bool) -> HTTPFields {
        var fields: HTTPFields = [.tusResumable: Tus.version]
        fields[.uploadOffset] = offset.map { String($0) }
        // "The value of the `Upload-Expires` header MUST be in RFC 7231 datetime format."
        fields[.uploadExpires] = expires.map(HTTPDate.format)
        fields[.link] = item.map { "<\(escaped($0))>; rel=\"item\"" }
        if pending { fields[.uploadFinalization] = "pending" }
        return fields
    }

    /// Says of an upload whose bytes are all there that its item will not come, and why.
    package static func failed(_ fields: inout HTTPFields, reason: String?) {
        fields[.uploadFinalization] = "failed"
        fields[.uploadFailure] = reason.map(printable)
    }

    /// Bytes of a reason that fit into a header.
    private static let longestReason = 1000

    /// What is not printable ASCII becomes a question mark.
    private static func printable(_ text: String) -> String {
        let bytes = text.unicodeScalars.prefix(longestReason).map { scalar in
            (0x20...0x7E).contains(scalar.value) ? UInt8(scalar.value) : UInt8(ascii: "?")
        }
        return trimmingOWS(String(decoding: bytes, as: UTF8.self))
    }

    /// Percent-encodes what cannot stand in a URI (RFC 3986 §2): controls, spaces, `"`, `<`, `>`, and beyond ASCII.
    static func escaped(_ url: String) -> String {
        var bytes: [UInt8] = []
        for byte in url.utf8 {
            if (0x21...0x7E).contains(byte), !"\"<>".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                bytes += Array(("%" + (digits.count == 1 ? "0" : "") + digits).utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
