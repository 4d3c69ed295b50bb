import Digests
package import HTTPTypes

/// What this server speaks: tus 1.0.0 and the extensions that work now.
///
/// Sections are named after tus-resumable-upload-protocol/protocol.md, version 1.0.0 of 2016-03-25.
package enum Tus {
    package static let version = "1.0.0"

    /// The value of `Tus-Extension`, in order.
    ///
    /// Creation: "If the Server supports this extension, it MUST add `creation` to the `Tus-Extension` header", and the
    /// same for the others. Creation With Upload: "if the Server does not offer the Creation extension, it MUST NOT
    /// offer the Creation With Upload extension either".
    package static let extensions = [
        "creation",
        "creation-with-upload",
        "creation-defer-length",
        "expiration",
        "checksum",
        "checksum-trailer",
        "termination",
        "concatenation",
        "concatenation-unfinished",
    ]

    /// Refuses a request that does not speak version 1.0.0; for every method but OPTIONS.
    ///
    /// Core, Tus-Resumable: "The `Tus-Resumable` header MUST be included in every request and response except for
    /// `OPTIONS` requests." "If the version specified by the Client is not supported by the Server, it MUST respond
    /// with the `412 Precondition Failed` status […]. In addition, the Server MUST NOT process the request."
    /// Core, OPTIONS: "the Server MUST ignore the header". Two headers, even equal ones, are 412 as well.
    package static func checkVersion(_ fields: HTTPFields) throws(TusError) {
        let values = fields[values: .tusResumable]
        guard values.count == 1, trimmingOWS(values[0]) == version else {
            throw Dialect.seemsDraft(fields) ? .tusOnly : .unsupportedVersion
        }
    }

    /// The fields of the 204 that answers OPTIONS, also a CORS preflight.
    ///
    /// Core, OPTIONS: a successful response "MUST contain the `Tus-Version` header". Tus-Max-Size: "MUST be a
    /// non-negative integer indicating the maximum allowed size of an entire upload in bytes".
    package static func optionsFields(_ limits: UploadLimits) -> HTTPFields {
        var fields: HTTPFields = [.tusResumable: version, .tusVersion: version]
        fields[.tusExtension] = extensions.joined(separator: ",")
        // Checksum: "The `Tus-Checksum-Algorithm` header MUST be included in the response to an `OPTIONS` request."
        fields[.tusChecksumAlgorithm] = DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ",")
        fields[.tusMaxSize] = limits.maxSize.map { String($0) }
        // The draft, §4.1.4: "if the resource that is the target of the request supports the creation of a resumable
        // upload resource ([…]), the server MUST include the `Accept-Patch` ([…]) header field in the response." "The
        // `Upload-Limit` header field SHOULD be included in the response to an `OPTIONS` request if limits apply."
        fields[.acceptPatch] = Draft.partialUpload
        fields[.uploadLimit] = limits.fieldValue
        return fields
    }
}
