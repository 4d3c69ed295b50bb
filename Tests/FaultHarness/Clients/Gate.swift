/// Lets one waiter through once, or sends it home.
final class Gate: Sendable {
    private let stream: AsyncStream<Bool>
    private let continuation: AsyncStream<Bool>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() {
        continuation.yield(true)
        continuation.finish()
    }

    /// Has no effect on a gate that is open.
    func close() { continuation.finish() }

    /// Whether the gate was opened.
    func wait() async -> Bool {
        for await isOpen in stream { return isOpen }
        return false
    }
}
