import Foundation
import Testing

/// What stands in two places and must agree.
@Suite struct ManifestTests {
    @Test func everyMigrationIsCompiledIn() {
        let files = Repository.files(below: ["schema"], ending: ".sql").map { $0.path.replacing("schema/", with: "") }
        let manifest = Repository.file("Package.swift").text
        let schema = Repository.file("schema/Schema.swift").text
        #expect(files.count >= 3)
        for file in files {
            #expect(manifest.contains("\"\(file)\""), "Package.swift does not name \(file)")
            #expect(schema.contains("\"\(file.replacing(".sql", with: ""))\""), "Schema.swift does not name \(file)")
        }
    }

    @Test func everyFileOfAPageIsCompiledIn() {
        let folder = "Sources/Pages/Dashboard"
        let files = Repository.files(below: [folder], ending: "").map { $0.path.replacing(folder + "/", with: "") }
        let manifest = Repository.file("Package.swift").text
        let list = Repository.file("Sources/Pages/DashboardFiles.swift").text
        #expect(files.count > 10)
        for file in files {
            #expect(manifest.contains("\"\(file)\""), "Package.swift does not name \(file)")
            #expect(list.contains("\"\(file)\""), "DashboardFiles.swift does not name \(file)")
        }
    }

    @Test func theReadmeNamesEverySetting() {
        let readme = Repository.file("README.md").text
        let settings = Repository.file("Sources/tussock/Settings/Settings.swift").text
        let list = settings.components(separatedBy: "static let known").last ?? ""
        let names =
            list.components(separatedBy: "]").first?.components(separatedBy: "\"").enumerated()
            .filter { $0.offset % 2 == 1 }.map(\.element) ?? []
        #expect(names.count > 10)
        for name in names {
            #expect(readme.contains("TUSSOCK_\(name.uppercased())"), "README.md does not tell of \(name)")
        }
    }

    /// The arrows of DESIGN.md that must not exist; the build checks imports against the manifest.
    @Test func theProtocolDoesNoIOAndTheFrontHoldsNoSQL() {
        let pure = Repository.sources.filter { $0.path.hasPrefix("Sources/UploadProtocol/") }
        #expect(pure.filter { $0.text.contains("import NIO") || $0.text.contains("import Glibc") }.map(\.path) == [])
        let front = Repository.sources.filter { $0.path.hasPrefix("Sources/Front/") }
        #expect(front.filter { $0.text.contains(": Statement") }.map(\.path) == [])
        #expect(front.filter { $0.text.contains("import Finalizer") }.map(\.path) == [])
    }

    @Test func theTopLevelStaysTidy() throws {
        let allowed: Set = ["Package.swift", "README.md", "Sources", "Tests", "docker", "schema", "Package.resolved"]
        let names = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path)
        #expect(names.filter { !$0.hasPrefix(".") && !allowed.contains($0) } == [])
    }
}
