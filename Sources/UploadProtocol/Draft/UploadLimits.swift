/// What an upload and its requests may measure: the values of `Upload-Limit` (§4.1.4), in bytes and seconds.
package struct UploadLimits: Sendable, Equatable {
    /// Largest upload.
    package var maxSize: Int64?
    /// Largest content of one creation or append.
    package var maxAppendSize: Int64?
    /// Remaining life of the upload, counted from the response.
    package var maxAge: Int64?

    package init(maxSize: Int64? = nil, maxAppendSize: Int64? = nil, maxAge: Int64? = nil) {
        self.maxSize = maxSize
        self.maxAppendSize = maxAppendSize
        self.maxAge = maxAge
    }

    /// The same limits for an upload that lives so much longer; what has passed already is 0.
    package func living(for seconds: Int64) -> UploadLimits {
        UploadLimits(maxSize: maxSize, maxAppendSize: maxAppendSize, maxAge: max(0, seconds))
    }

    /// A dictionary of RFC 9651, never empty: `min-size=0` is the draft's way to say that there is no limit.
    ///
    /// What has more than 15 digits cannot be said, and need not be: nothing so large can be asked for.
    package var fieldValue: String {
        let members = [("max-size", maxSize), ("max-append-size", maxAppendSize), ("max-age", maxAge)].compactMap {
            name, value -> String? in
            guard let value, value <= Draft.largestInteger else { return nil }
            return "\(name)=\(value)"
        }
        return members.isEmpty ? "min-size=0" : members.joined(separator: ", ")
    }

    /// The most bytes that an upload of this dialect may have.
    var largestUpload: Int64 { min(maxSize ?? .max, Draft.largestInteger) }
}
