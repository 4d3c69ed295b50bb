import Foundation
import Testing
import UploadProtocol

@Suite struct UploadIDTests {
    @Test func anIDIsReadBackFromItsDescription() {
        for _ in 0..<200 {
            let id = UploadID.random()
            #expect(id.description.count == 32)
            #expect(UploadID(id.description) == id)
        }
        #expect(UploadID("0000000000000000000000000000000f")?.description == "0000000000000000000000000000000f")
    }

    @Test func randomIDsDoNotRepeat() {
        #expect(Set((0..<10_000).map { _ in UploadID.random() }).count == 10_000)
    }

    @Test(arguments: [
        "", "0", String(repeating: "a", count: 31), String(repeating: "a", count: 33),
        String(repeating: "G", count: 32), String(repeating: "g", count: 32), "-" + String(repeating: "1", count: 31),
        "../" + String(repeating: "1", count: 29), String(repeating: "é", count: 16),
        String(repeating: "1", count: 31) + " ", String(repeating: "1", count: 31) + "\0",
    ])
    func onlyThirtyTwoHexDigitsAreAnID(_ text: String) {
        #expect(UploadID(text) == nil)
    }

    @Test func upperCaseDigitsNameTheSameUploadWhichIsWrittenInLowerCase() {
        let id = UploadID("00112233445566778899AABBCCDDeeff")
        #expect(id?.description == "00112233445566778899aabbccddeeff")
    }

    @Test func aSliceOfAPathIsReadWithoutCopyingFirst() {
        let path = "/@upload/00112233445566778899aabbccddeeff"
        #expect(UploadID(path.dropFirst(9))?.description == "00112233445566778899aabbccddeeff")
    }

    @Test func itIsCodedAsItsDigits() throws {
        let id = UploadID.random()
        let data = try JSONEncoder().encode([id])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([UploadID].self, from: data) == [id])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([UploadID].self, from: Data("[\"short\"]".utf8))
        }
    }
}
