import Chunks
import Content
import HTTPTypes
import HummingbirdCore
import Logging
import Postgres
import Testing
import UploadProtocol
import Uploads

@testable import Front

/// Which status each error of the domain becomes.
@Suite struct ErrorResponsesTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(arguments: ChunkError.Code.allCases)
    func troubleWithTheVolumeIsNeverTheClientsFault(code: ChunkError.Code) {
        let response = ErrorResponses.nested(ChunkError(code: code, message: "m"), logger)
        #expect(response.status.code == (code == .noSpace ? 507 : 503))
        #expect((response.headers[.retryAfter] != nil) == (code != .noSpace))
        #expect(response.headers[.tusResumable] == "1.0.0")
    }

    @Test(arguments: [
        (UploadError.notFound, 404), (.gone, 410), (.forbidden, 403), (.offsetMoved(current: 5), 409),
        (.claimLost, 503), (.folderGone, 404), (.failed(reason: "r"), 410),
    ])
    func anUploadsErrorHasItsStatus(error: UploadError, status: Int) {
        let response = ErrorResponses.nested(error, logger)
        #expect(response.status.code == status)
        #expect(response.headers[.uploadOffset] == (status == 409 ? "5" : nil))
    }

    @Test(arguments: [(ContentError.notFound, 404), (.nameTaken("a"), 400), (.rootIsFixed, 400)])
    func contentsErrorsAreFlat(error: ContentError, status: Int) {
        let response = ErrorResponses.flat(error, context: "http://x/", logger)
        #expect(response.status.code == status)
        #expect(response.headers[.tusResumable] == nil)
    }

    @Test func missingCredentialsAreAskedFor() {
        for response in [
            ErrorResponses.nested(TusError.unauthorized(), logger),
            ErrorResponses.flat(TusError.unauthorized(), context: "", logger),
        ] {
            #expect(response.status.code == 401)
            #expect(response.headers[.wwwAuthenticate]?.hasPrefix("Basic realm=") == true)
        }
    }

    @Test func anUnforeseenErrorIs500AndTellsNothingOfTheInside() {
        struct Secret: Error {}
        let response = ErrorResponses.nested(Secret(), logger)
        #expect(response.status.code == 500)
        #expect(response.headers[.tusResumable] == "1.0.0")
    }
}
