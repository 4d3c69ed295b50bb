import Foundation
import TestSupport
import Testing

@testable import Content

@Suite struct ContentJSONTests {
    private let base = "https://cms.example.org/site"
    private let date = Date(timeIntervalSince1970: 1_788_250_530)

    private func item(_ kind: ItemKind, _ id: String, title: String) -> ItemSnapshot {
        ItemSnapshot(
            uid: "5f0c2d6b8e4147a1b9d3c0aa17e2f964", kind: kind, id: id, title: title, owner: "anna", created: date,
            modified: date)
    }

    private var site: LocatedItem { .init(item(.site, "", title: "Site"), url: base) }
    private var media: LocatedItem { .init(item(.folder, "media", title: "Media"), url: base + "/media") }
    private var clip: LocatedItem {
        var clip = item(.file, "clip-1.mp4", title: "clip 1.mp4")
        clip.filename = "clip 1.mp4"
        clip.contentType = "video/mp4"
        clip.size = 734_003_200
        return .init(clip, url: base + "/media/clip-1.mp4")
    }
    private var logo: LocatedItem {
        var logo = item(.image, "logo.png", title: "logo.png")
        (logo.filename, logo.contentType, logo.size, logo.width, logo.height) = (
            "logo.png", "image/png", 20481, 640, 480
        )
        return .init(logo, url: base + "/media/logo.png")
    }

    private func members(_ value: JSONValue) throws -> [String: JSONValue] {
        guard case .object(let members) = value else { throw BadRequest("not an object") }
        return members
    }

    @Test func aFolderIsWrittenAsPloneRestapiDoes() throws {
        let listing = ContentJSON.Listing(
            items: [ContentJSON.summary(clip)], total: 1, batch: try Batch(start: nil, size: nil), query: nil)
        let text = ContentJSON.item(media, parent: site, listing: listing).text
        #expect(
            text == """
                {
                  "@components": {
                    "actions": {
                      "@id": "https://cms.example.org/site/media/@actions"
                    },
                    "breadcrumbs": {
                      "@id": "https://cms.example.org/site/media/@breadcrumbs"
                    },
                    "navigation": {
                      "@id": "https://cms.example.org/site/media/@navigation"
                    },
                    "types": {
                      "@id": "https://cms.example.org/site/media/@types"
                    }
                  },
                  "@id": "https://cms.example.org/site/media",
                  "@type": "Folder",
                  "UID": "5f0c2d6b8e4147a1b9d3c0aa17e2f964",
                  "allow_discussion": false,
                  "contributors": [],
                  "created": "2026-09-01T08:15:30+00:00",
                  "creators": [
                    "anna"
                  ],
                  "description": "",
                  "effective": null,
                  "exclude_from_nav": false,
                  "expires": null,
                  "id": "media",
                  "is_folderish": true,
                  "items": [
                    {
                      "@id": "https://cms.example.org/site/media/clip-1.mp4",
                      "@type": "File",
                      "description": "",
                      "review_state": null,
                      "title": "clip 1.mp4",
                      "type_title": "File"
                    }
                  ],
                  "items_total": 1,
                  "language": "",
                  "layout": "listing_view",
                  "lock": {},
                  "modified": "2026-09-01T08:15:30+00:00",
                  "nextPreviousEnabled": false,
                  "next_item": {},
                  "parent": {
                    "@id": "https://cms.example.org/site",
                    "@type": "Plone Site",
                    "description": "",
                    "title": "Site",
                    "type_title": "Plone Site"
                  },
                  "previous_item": {},
                  "relatedItems": [],
                  "review_state": null,
                  "rights": "",
                  "subjects": [],
                  "title": "Media",
                  "type_title": "Folder",
                  "version": "current",
                  "working_copy": null,
                  "working_copy_of": null
                }
                """)
    }

    @Test func aFileNamesItsDownloadAndHasNoItems() throws {
        let file = try members(ContentJSON.item(clip, parent: media))
        #expect(
            file["file"] == [
                "content-type": "video/mp4", "filename": "clip 1.mp4", "size": 734_003_200,
                "download": "https://cms.example.org/site/media/clip-1.mp4/@@download/file",
            ])
        #expect(file["layout"] == "file_view")
        #expect(file["is_folderish"] == false)
        #expect(file["items"] == nil && file["nextPreviousEnabled"] == nil)
    }

    @Test func anImageHasItsSidesOrMinusOne() throws {
        let image = try members(ContentJSON.item(logo, parent: media))
        #expect(
            image["image"] == [
                "content-type": "image/png", "filename": "logo.png", "size": 20481, "width": 640, "height": 480,
                "scales": [:], "download": "https://cms.example.org/site/media/logo.png/@@images/image",
            ])
        var damaged = logo
        damaged.item.height = nil
        let sides = try members(#require(try members(ContentJSON.item(damaged, parent: media))["image"]))
        #expect(sides["width"] == -1 && sides["height"] == -1)
    }

    @Test func withoutBytesTheFieldIsNull() throws {
        var empty = clip
        empty.item.size = nil
        #expect(try members(ContentJSON.item(empty, parent: media))["file"] == .null)
    }

    @Test func theSiteHasAnEmptyParentAndNoReviewStateInItsSummary() throws {
        #expect(try members(ContentJSON.item(site, parent: nil))["parent"] == [:])
        #expect(try members(ContentJSON.summary(site))["review_state"] == nil)
        #expect(try members(ContentJSON.summary(media))["review_state"] == .null)
    }

    @Test func withoutAListingAFolderHasNoneOfItsKeys() throws {
        let folder = try members(ContentJSON.item(media, parent: site))
        for key in ["items", "items_total", "batching"] { #expect(folder[key] == nil) }
    }

    @Test func aListingOverOnePageHasBatching() throws {
        let batch = try Batch(start: "2", size: "2")
        let listing = ContentJSON.Listing(items: [], total: 9, batch: batch, query: "b_size=2&b_start=2")
        let results = try members(ContentJSON.results(url: base + "/@search", listing))
        #expect(results["@id"] == "https://cms.example.org/site/@search")
        #expect(results["items_total"] == 9)
        #expect(results["batching"] != nil)
    }

    @Test func errorsAreFlatOrNested() {
        #expect(
            ContentJSON.error(type: "NotFound", message: "Resource not found: x", context: base)
                == ["type": "NotFound", "message": "Resource not found: x", "context": .string(base)])
        #expect(
            ContentJSON.nestedError(type: "Forbidden", message: "no").text
                == "{\n  \"error\": {\n    \"message\": \"no\",\n    \"type\": \"Forbidden\"\n  }\n}")
    }
}

@Suite struct JSONValueTests {
    @Test func stringsAreEscapedAndSlashesAreNot() {
        #expect(
            JSONValue.string("a/\"\\\n\r\t\u{1}\u{1F}ü👍\u{7F}").text == #""a/\"\\\n\r\t\u0001\u001fü👍"# + "\u{7F}\"")
    }

    @Test func itIsReadBackByFoundation() throws {
        var generator = SeededGenerator(state: 8)
        for _ in 0..<300 {
            let text = String(decoding: generator.bytes(upTo: 30), as: UTF8.self)
            let data = Data(JSONValue.object([text: [.string(text), 1, nil, true]]).text.utf8)
            let back = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [Any]])
            #expect(back.first?.value.first as? String == text)
        }
    }

    @Test func keysAreSortedByBytesAndTheTextIsTheSameEachTime() {
        let value: JSONValue = ["b": 1, "a": 2, "Z": 3, "@id": 4, "é": 5, "_": 6, "a": 7]
        #expect(
            value.text == """
                {
                  "@id": 4,
                  "Z": 3,
                  "_": 6,
                  "a": 7,
                  "b": 1,
                  "é": 5
                }
                """)
        #expect(JSONValue.number(.min).text == "-9223372036854775808")
        #expect(([] as JSONValue).text == "[]")
    }
}

@Suite struct PloneDateTests {
    @Test(arguments: [
        (1_788_250_530, "2026-09-01T08:15:30+00:00"), (1_788_250_530.999_999, "2026-09-01T08:15:30+00:00"),
        (0, "1970-01-01T00:00:00+00:00"), (-0.5, "1969-12-31T23:59:59+00:00"), (1e300, "9999-12-31T23:59:59+00:00"),
        (-1e300, "1600-01-01T00:00:00+00:00"), (951_782_400, "2000-02-29T00:00:00+00:00"),
    ])
    func datesAreWholeSecondsInUTC(_ seconds: Double, _ text: String) {
        #expect(PloneDate.format(Date(timeIntervalSince1970: seconds)) == text)
    }
}
