import Foundation
import Pages
import Testing

/// What the dashboard's files may hold.
@Suite struct DashboardFilesTests {
    static let all = [DashboardFiles.page] + DashboardFiles.parts.values.sorted { $0.name < $1.name }

    private func matches(_ pattern: String, in file: PageFile) throws -> [String] {
        try file.text.matches(of: Regex(pattern)).compactMap { $0.output[1].substring.map(String.init) }
    }

    /// What a file makes the browser load.
    private func references(of file: PageFile) throws -> [String] {
        switch file.name.split(separator: ".").last {
        case "html":
            try matches(##"(?:href|src)="([^"#][^"]*)""##, in: file)
        case "js":
            try matches(#"from "([^"]+)""#, in: file).map { $0.replacing("./", with: "") }
        default: []
        }
    }

    @Test func whatTheFilesNameIsServedAndNothingElse() throws {
        var (reached, ahead) = (Set<String>(), [DashboardFiles.page])
        while let file = ahead.popLast() {
            for name in try references(of: file) {
                let part = try #require(DashboardFiles.parts[name], "\(file.name) names \(name)")
                if reached.insert(name).inserted { ahead.append(part) }
            }
        }
        #expect(reached == Set(DashboardFiles.parts.keys))
        #expect(reached.count > 10)
    }

    @Test(arguments: all.map(\.name))
    func nothingRefersToAnOutsideResource(name: String) throws {
        let file = try #require(Self.all.first { $0.name == name })
        let text = file.text.replacing("http://www.w3.org/2000/svg", with: "")
        for word in ["http:", "https:", "\"//", " url(", ":url(", "@import", "import("] {
            #expect(!text.contains(word), "\(name) has \(word)")
        }
    }

    @Test(arguments: all.map(\.name))
    func nothingIsInlineAndNoTextBecomesMarkup(name: String) throws {
        let file = try #require(Self.all.first { $0.name == name })
        if name.hasSuffix(".html") {
            #expect(try matches(#"<(style)\b"#, in: file) == [])
            #expect(try matches(#"\s(style|on[a-z]+)="#, in: file) == [])
            #expect(try matches(#"<(script)>"#, in: file) == [])
        }
        let words = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "srcdoc"]
        for word in words {
            #expect(!file.text.contains(word), "\(name) has \(word)")
        }
    }

    @Test func everyFileHasItsTypeAndATagOfItsOwn() {
        #expect(Self.all.allSatisfy { !$0.bytes.isEmpty })
        #expect(Set(Self.all.map(\.etag)).count == Self.all.count)
        #expect(DashboardFiles.page.contentType == "text/html; charset=utf-8")
        #expect(DashboardFiles.parts["api.js"]?.contentType == "text/javascript; charset=utf-8")
        #expect(DashboardFiles.parts["dashboard.css"]?.contentType == "text/css; charset=utf-8")
        #expect(DashboardFiles.parts["icon.svg"]?.contentType == "image/svg+xml")
    }
}
