import Foundation
import Testing

/// The tables beside this file against the tests that there are.
@Suite struct EveryRequirementHasItsTest {
    static let specifications = [tus100, httpDraft]

    @Test(arguments: specifications)
    func everyRowNamesTestsThatExist(specification: Specification) throws {
        let known = try Self.testFunctions()
        for row in specification.requirements {
            #expect(!row.tests.isEmpty, "§ \(row.section): \(row.text)")
            #expect(row.tests.filter { !known.contains($0) } == [], "§ \(row.section): \(row.text)")
        }
    }

    @Test(arguments: specifications)
    func everyRowQuotesItsWord(specification: Specification) {
        for row in specification.requirements {
            #expect(row.text.contains(row.level.rawValue), "§ \(row.section): \(row.text)")
        }
    }

    @Test(arguments: specifications)
    func noSentenceIsListedTwice(specification: Specification) {
        let texts = specification.requirements.map(\.text)
        #expect(Set(texts).count == texts.count)
    }

    /// The names of the functions behind `@Test` in all of Tests/.
    private static func testFunctions() throws -> Set<String> {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let files = try #require(FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
        var names: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /@Test(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\s+func (\w+)/) {
                names.insert(String(match.1))
            }
        }
        return names
    }
}
