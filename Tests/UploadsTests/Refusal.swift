import Testing
import Uploads

/// The `UploadError` that `body` throws; nil, and an issue, if it throws none.
func refusal<R: Sendable>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> R
) async throws -> UploadError? {
    do {
        let value = try await body()
        Issue.record("nothing was thrown, but given: \(value)", sourceLocation: sourceLocation)
        return nil
    } catch let error as UploadError {
        return error
    }
}
