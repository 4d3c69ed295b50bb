/// The validators of a representation, and what the conditional headers of a request make of them (RFC 9110 §13).
package struct Validators: Sendable, Equatable {
    /// A strong entity tag with its quotes, `"sha256-…"` (§8.8.3).
    package var etag: String
    /// Seconds since 1970-01-01 UTC, whole as in `Last-Modified`.
    package var lastModified: Int64

    package init(etag: String, lastModified: Int64) {
        self.etag = etag
        self.lastModified = lastModified
    }

    /// What to do with the request.
    package enum Outcome: Sendable, Equatable {
        /// Go on, as if there were no conditions.
        case proceed
        /// 304.
        case notModified
        /// 412.
        case preconditionFailed
    }

    /// Evaluates the conditions in the order of §13.2.2; absent ones are nil, as are dates that could not be parsed.
    ///
    /// `isRead` is true for GET and HEAD; for other methods a met If-None-Match is 412 and If-Modified-Since nothing.
    /// A malformed If-Match matches nothing and fails the request; a malformed If-None-Match lets it proceed.
    package func evaluate(
        ifMatch: String?, ifNoneMatch: String?, ifModifiedSince: Int64?, ifUnmodifiedSince: Int64?, isRead: Bool = true
    ) -> Outcome {
        if let ifMatch {
            guard matches(ifMatch, strongly: true) else { return .preconditionFailed }
        } else if let ifUnmodifiedSince, lastModified > ifUnmodifiedSince {
            return .preconditionFailed
        }
        if let ifNoneMatch {
            guard matches(ifNoneMatch, strongly: false) else { return .proceed }
            return isRead ? .notModified : .preconditionFailed
        }
        if isRead, let ifModifiedSince, lastModified <= ifModifiedSince { return .notModified }
        return .proceed
    }

    /// Whether `Range` is to be honoured (§13.1.5): without If-Range, or if it names exactly this representation.
    ///
    /// An entity tag is compared strongly; a date must be `lastModified` to the second, so a client that joins ranges
    /// by date cannot see two changes within one second: the entity tag can. `parsedDate` is the field's value as an
    /// HTTP date, nil if it is none. False means: send the whole.
    package func allowsRange(ifRange: String?, parsedDate: Int64?) -> Bool {
        guard let ifRange else { return true }
        let tags = EntityTag.list(ifRange)
        if let tag = tags?.first { return tags?.count == 1 && isSame(tag, strongly: true) }
        return parsedDate == lastModified
    }

    private func matches(_ field: String, strongly: Bool) -> Bool {
        let value = field.drop { $0 == " " || $0 == "\t" }
        if value.first == "*" { return value.dropFirst().allSatisfy { $0 == " " || $0 == "\t" } }
        return EntityTag.list(field)?.contains { isSame($0, strongly: strongly) } ?? false
    }

    private func isSame(_ other: EntityTag, strongly: Bool) -> Bool {
        guard let own = EntityTag.list(etag)?.first else { return false }
        return own.opaque == other.opaque && !(strongly && (own.isWeak || other.isWeak))
    }
}

/// An entity-tag, `[W/]"opaque"` (RFC 9110 §8.8.3).
private struct EntityTag: Equatable {
    var isWeak: Bool
    var opaque: [UInt8]

    /// The tags of a list; nil if it is malformed or has none. Commas inside the quotes belong to the tag.
    static func list(_ field: String) -> [EntityTag]? {
        var rest = Array(field.utf8)[...]
        var tags: [EntityTag] = []
        while true {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") }
            if rest.isEmpty { return tags.isEmpty ? nil : tags }
            guard let tag = take(&rest) else { return nil }
            tags.append(tag)
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        }
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> EntityTag? {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest = rest.dropFirst()
        guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let opaque = rest[..<end]
        rest = rest[(end + 1)...]
        // etagc: visible ASCII but the quote, and obs-text.
        guard opaque.allSatisfy({ $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 }) else { return nil }
        return EntityTag(isWeak: isWeak, opaque: Array(opaque))
    }
}
