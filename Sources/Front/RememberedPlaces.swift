import Content
import Hummingbird
import Synchronization
import UploadProtocol
import Uploads

/// Requests that go by what their node remembers of the path, and so have a statement less to wait for.
extension Exchange {
    enum Guess {
        /// The path is to be looked up.
        case refused
        case allowed
        /// It was made.
        case made
    }

    /// Answers by a folder that is remembered, if there is one. What is not found in it is looked for once more, where
    /// the path leads now.
    func confirming(_ answer: () async throws -> Response) async throws -> Response {
        guess.withLock { $0 = .allowed }
        do {
            return try await answer()
        } catch let error where isGuessed && bodyIsThere && isMissing(error) {
            guess.withLock { $0 = .refused }
            return try await answer()
        }
    }

    var mayGuess: Bool { guess.withLock { $0 } != .refused }

    private var isGuessed: Bool { guess.withLock { $0 } == .made }

    func found(_ path: ResolvedPath, isGuessed: Bool) {
        place.withLock { $0 = path }
        if isGuessed { guess.withLock { $0 = .made } }
    }

    /// Whether it may be another upload, or none, where the path leads now.
    private func isMissing(_ error: any Error) -> Bool {
        switch error {
        case UploadError.notFound, UploadError.gone, UploadError.folderGone, UploadError.failed: true
        case UploadError.forbidden: true
        case let error as TusError: [.notFound, .gone, .forbidden].contains(error.code)
        case let error as Problem: [404, 410].contains(error.status.code)
        default: false
        }
    }
}
