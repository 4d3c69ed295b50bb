import Foundation

/// A page of a listing, from `b_start` and `b_size`.
package struct Batch: Sendable, Equatable {
    /// Items to leave out: SQL's OFFSET. 0 up to 2^53.
    package let offset: Int
    /// Items to give at most: SQL's LIMIT. At least 1.
    package let limit: Int

    /// Reads the parameters as sent; nil or empty is the default, `BadRequest` if one is not an integer.
    ///
    /// As in plone.batching a negative start is 0 and a size under 1 is the default; a size over `maximum` is that.
    package init(start: String?, size: String?, defaultSize: Int = 25, maximum: Int = 1000) throws {
        offset = max(0, try Self.integer(start, "b_start") ?? 0)
        let asked = try Self.integer(size, "b_size") ?? 0
        limit = min(asked < 1 ? defaultSize : asked, maximum)
    }

    /// The `batching` object: the request's own URL, first and last, and next and prev where there are any;
    /// nil when everything fits one page.
    ///
    /// `url` is the listing's absolute URL without a query, `query` the request's as sent (percent-encoded, without
    /// the question mark); its other parameters are kept in the links. `total` counts all items, not the page's.
    package func links(url: String, query: String?, total: Int) -> JSONValue? {
        guard total > limit else { return nil }
        let query = query ?? ""
        let kept = query.split(separator: "&").filter { !Self.isOwn($0) }.map(String.init)
        func page(_ start: Int) -> JSONValue {
            .string(url + "?" + (kept + ["b_start=\(start)", "b_size=\(limit)"]).joined(separator: "&"))
        }
        let last = (total - 1) / limit * limit
        var links: [String: JSONValue] = [
            "@id": .string(query.isEmpty ? url : url + "?" + query), "first": page(0), "last": page(last),
        ]
        if offset + limit < total { links["next"] = page(offset + limit) }
        // From beyond the end, back to the last page that has items.
        if offset > 0 { links["prev"] = page(min(max(0, offset - limit), last)) }
        return .object(links)
    }

    private static func isOwn(_ parameter: Substring) -> Bool {
        let name = parameter.prefix { $0 != "=" }
        return ["b_start", "b_size"].contains(name.removingPercentEncoding ?? String(name))
    }

    /// Digits with an optional sign, as Python's `int` takes them; clamped to what no sum of two can overflow.
    private static func integer(_ text: String?, _ name: String) throws -> Int? {
        let trimmed = (text ?? "").trimmingCharacters(in: .whitespaces)
        guard !trimmed.isEmpty else { return nil }
        let digits = trimmed.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard trimmed.utf8.count - digits.count <= 1, !digits.isEmpty,
            digits.allSatisfy({ (48...57).contains($0) })
        else { throw BadRequest("Invalid \(name): Not an integer") }
        let limit = 1 << 53
        return min(max(Int(trimmed) ?? (trimmed.hasPrefix("-") ? -limit : limit), -limit), limit)
    }
}
