import Testing

@testable import Content

@Suite struct BatchTests {
    private let url = "https://cms.example.org/site/media"

    private func links(_ start: String?, _ size: String?, total: Int, query: String?) throws -> [String: JSONValue] {
        let links = try Batch(start: start, size: size).links(url: url, query: query, total: total)
        guard case .object(let members) = links else { return [:] }
        return members
    }

    @Test(
        arguments: [
            (nil, nil, 0, 25), ("", "", 0, 25), ("50", "10", 50, 10), ("-3", "0", 0, 25), ("+5", " 7 ", 5, 7),
            ("0", "-1", 0, 25), ("0", "99999", 0, 1000), ("99999999999999999999", nil, 1 << 53, 25),
            ("-99999999999999999999", "99999999999999999999", 0, 1000),
        ] as [(String?, String?, Int, Int)])
    func parametersAreReadAndClamped(_ start: String?, _ size: String?, _ offset: Int, _ limit: Int) throws {
        let batch = try Batch(start: start, size: size)
        #expect(batch.offset == offset)
        #expect(batch.limit == limit)
    }

    @Test(arguments: ["abc", "1.5", "1e3", "--1", "+", "-", "1 2", "٣", "0x1", "1;drop"])
    func whatIsNotAnIntegerIsABadRequestInPlonesWords(_ text: String) {
        #expect(throws: BadRequest("Invalid b_start: Not an integer")) { try Batch(start: text, size: nil) }
        #expect(throws: BadRequest("Invalid b_size: Not an integer")) { try Batch(start: nil, size: text) }
    }

    @Test func inTheMiddleThereAreAllLinks() throws {
        #expect(
            try links("2", "2", total: 9, query: "b_size=2&b_start=2") == [
                "@id": .string(url + "?b_size=2&b_start=2"), "first": .string(url + "?b_start=0&b_size=2"),
                "last": .string(url + "?b_start=8&b_size=2"), "next": .string(url + "?b_start=4&b_size=2"),
                "prev": .string(url + "?b_start=0&b_size=2"),
            ])
    }

    @Test func theEndsHaveNoNextAndNoPrev() throws {
        let first = try links(nil, nil, total: 26, query: nil)
        #expect(first["@id"] == .string(url) && first["prev"] == nil)
        #expect(first["next"] == .string(url + "?b_start=25&b_size=25") && first["last"] == first["next"])
        let last = try links("25", nil, total: 26, query: "b_start=25")
        #expect(last["next"] == nil && last["prev"] == .string(url + "?b_start=0&b_size=25"))
        let beyond = try links("9000", nil, total: 26, query: nil)
        #expect(beyond["next"] == nil && beyond["prev"] == beyond["last"])
    }

    @Test func onePageNeedsNoLinks() throws {
        #expect(try Batch(start: "3", size: nil).links(url: url, query: nil, total: 25) == nil)
        #expect(try Batch(start: nil, size: nil).links(url: url, query: nil, total: 0) == nil)
    }

    @Test func otherParametersStayInTheLinks() throws {
        let links = try links("0", "2", total: 5, query: "SearchableText=a%26b&b%5Fstart=0&b_size=2&sort_on=id")
        #expect(links["next"] == .string(url + "?SearchableText=a%26b&sort_on=id&b_start=2&b_size=2"))
    }

    @Test func followingNextVisitsEveryItemOnce() throws {
        for (size, total) in [(1, 5), (2, 5), (3, 9), (4, 3), (25, 101)] {
            var seen = 0
            var batch: Batch? = try Batch(start: nil, size: "\(size)")
            while let page = batch {
                seen += min(page.limit, total - page.offset)
                let more = page.links(url: url, query: nil, total: total).map { $0.text.contains("\"next\"") } ?? false
                batch = more ? try Batch(start: "\(page.offset + page.limit)", size: "\(size)") : nil
            }
            #expect(seen == total)
        }
    }
}
