import Content
package import Foundation
import UploadProtocol

/// The JSON that asks for a new Folder; keys that are not named here are left alone, as plone.restapi leaves them.
package struct FolderRequest: Decodable, Sendable {
    package var type: String?
    package var id: String?
    package var title: String?
    package var description: String?

    private enum CodingKeys: String, CodingKey {
        case type = "@type"
        case id, title, description
    }

    /// Throws `BadRequest` unless it is an object with text, or nothing, at these keys, and without U+0000, which
    /// PostgreSQL cannot keep.
    package init(parsing body: Data) throws {
        do {
            self = try JSONDecoder().decode(FolderRequest.self, from: body)
        } catch {
            throw BadRequest("The body must be a JSON object such as {\"@type\": \"Folder\", \"title\": \"Media\"}")
        }
        for (key, text) in [("@type", type), ("id", id), ("title", title), ("description", description)] {
            guard text?.unicodeScalars.contains("\0") != true else {
                throw BadRequest("\(key) must not contain U+0000")
            }
        }
    }
}
