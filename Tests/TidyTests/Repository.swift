import Foundation

/// The checkout that these tests were built from.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct File: Sendable {
        /// Below the root, such as `Sources/Front/Route.swift`.
        let path: String
        let lines: [String]

        var text: String { lines.joined(separator: "\n") }
    }

    /// The files below these folders whose names end so.
    static func files(below folders: [String], ending: String) -> [File] {
        folders.flatMap { folder in
            (FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)?.allObjects ?? [])
                .compactMap { $0 as? String }
                .filter { $0.hasSuffix(ending) }
                .map { file("\(folder)/\($0)") }
        }
    }

    static func file(_ path: String) -> File {
        let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path) ?? Data()
        return File(path: path, lines: String(decoding: data, as: UTF8.self).components(separatedBy: "\n"))
    }

    static let swift = files(below: ["Sources", "Tests", "schema"], ending: ".swift")
    static let sources = files(below: ["Sources", "schema"], ending: ".swift")
}
