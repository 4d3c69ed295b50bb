import HTTPTypes
import UploadProtocol

extension FuzzTarget {
    private static let limits = UploadLimits(maxSize: 1000, maxAppendSize: 500)

    static let draft: [FuzzTarget] = [
        FuzzTarget(
            "draft-creation",
            fields: [
                "Upload-Complete: ?1\nContent-Length: 30\nUpload-Length: 30\nContent-Type: text/plain; charset=utf-8\n"
                    + "Content-Disposition: inline; filename=\"a b.txt\"; filename*=UTF-8''na%C3%AFve.txt",
                "Upload-Complete: ?0;a=1\nTransfer-Encoding: chunked\n"
                    + "Content-Disposition: attachment; filename=\"a\\\"b\"\n"
                    + "Want-Repr-Digest: sha-256=10, sha-512=3\nContent-Encoding: identity",
                "Upload-Complete: ?1\nRepr-Digest: sha-256=:nFbMUbN0w7oYkhDVttS/V3kNNRyWxHwCGQ7PHkMGNas=:\n"
                    + "Content-Disposition: inline; filename*=ISO-8859-1'de'%e9.txt",
            ]
        ) { fields in
            let creation = try DraftCreation(fields, limits: limits)
            if let name = creation.filename {
                try hold(!["", ".", ".."].contains(name), "a name names a file")
                try hold(!name.contains("/") && !name.contains("\\") && name.isPrintable, "no name leads elsewhere")
                try hold(name.utf8.count <= Filename.maximumBytes, "names are short")
            }
            if let type = creation.contentType { try hold(type.isFieldValue, "a type may be a header again") }
            if let plan = creation.plan { try bounded(plan, at: 0, length: creation.length) }
        },
        FuzzTarget(
            "draft-append",
            fields: [
                "Content-Type: application/partial-upload\nUpload-Offset: 70\nUpload-Complete: ?0\nContent-Length: 30",
                "Content-Type: application/partial-upload; a=\"b\"\nUpload-Offset: 70\nUpload-Complete: ?1\n"
                    + "Transfer-Encoding: chunked\nUpload-Length: 100\nTrailer: Content-Digest",
            ]
        ) { fields in
            let append = try DraftAppend(fields)
            for length in [nil, 100 as Int64?] {
                let upload = UploadStatus(length: length, offset: append.offset, state: .open)
                guard append.offset <= length ?? .max, let plan = try? append.plan(upload, limits: limits) else {
                    continue
                }
                try bounded(plan, at: append.offset, length: length ?? plan.newLength)
            }
        },
        FuzzTarget("draft-104", fields: ["Upload-Draft-Interop-Version: 8", "Upload-Draft-Interop-Version: 08;x"]) {
            fields in
            guard Draft.understands104(fields) else { throw Refused() }
            let value = fields[values: .uploadDraftInteropVersion].joined()
            try hold(value.contains("8"), "only version 8 is understood")
        },
    ]

    /// No request may bring more than the limits and the length leave.
    private static func bounded(_ plan: AppendPlan, at offset: Int64, length: Int64?) throws {
        let end = offset + (plan.expected ?? plan.limit)
        try hold(plan.limit >= 0 && plan.limit <= 500, "one request is bounded")
        try hold(plan.expected ?? 0 <= plan.limit, "what is announced fits")
        try hold(plan.expected == 0 || end <= 1000, "the upload is bounded")
        if let length { try hold(plan.limit == 0 || offset + plan.limit <= max(length, offset), "the length holds") }
    }
}
