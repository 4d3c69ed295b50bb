internal import CChecksums
internal import Crypto
internal import Synchronization

/// Digests of bytes that pass by, by several algorithms at once.
///
/// The bytes are looked at where they lie: nothing is copied or allocated by `update`, which takes the time of hashing
/// (some 0.5 ms a MiB for a SHA), so it belongs on a thread that may be busy.
package final class RunningDigests: Sendable {
    private let functions: Mutex<[any RunningDigest]>
    private let algorithms: [DigestAlgorithm]

    package init(_ algorithms: some Sequence<DigestAlgorithm>) {
        self.algorithms = DigestAlgorithm.allCases.filter(Set(algorithms).contains)
        functions = Mutex(self.algorithms.map(Self.function))
    }

    /// Takes in the next bytes.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        functions.withLock { functions in
            for function in functions { function.update(bytes) }
        }
    }

    /// The digests of all bytes so far, one an algorithm.
    package func digests() -> [Digest] {
        let finished = functions.withLock { functions in functions.map { $0.finished() } }
        return zip(algorithms, finished).compactMap { Digest($0, $1) }
    }

    private static func function(_ algorithm: DigestAlgorithm) -> any RunningDigest {
        switch algorithm {
        case .sha1: RunningHash<Insecure.SHA1>()
        case .md5: RunningHash<Insecure.MD5>()
        case .sha256: RunningHash<SHA256>()
        case .sha512: RunningHash<SHA512>()
        case .crc32: RunningCRC(tussock_crc32)
        case .crc32c: RunningCRC(tussock_crc32c)
        }
    }
}

extension Digest {
    /// The digest of bytes that are all there.
    package static func of(_ bytes: [UInt8], by algorithm: DigestAlgorithm) -> Digest? {
        let running = RunningDigests([algorithm])
        bytes.withUnsafeBytes(running.update)
        return running.digests().first
    }
}

/// One function and what it has seen so far.
private protocol RunningDigest: AnyObject, Sendable {
    func update(_ bytes: UnsafeRawBufferPointer)
    func finished() -> [UInt8]
}

/// Unchecked, because its state is changed in place: only ever under the lock of `RunningDigests`.
private final class RunningHash<Function: HashFunction>: RunningDigest, @unchecked Sendable {
    private var function = Function()

    func update(_ bytes: UnsafeRawBufferPointer) { function.update(bufferPointer: bytes) }

    func finished() -> [UInt8] { Array(function.finalize()) }
}

/// Unchecked for the same reason.
private final class RunningCRC: RunningDigest, @unchecked Sendable {
    private let step: (UInt32, UnsafeRawPointer?, Int) -> UInt32
    private var sum: UInt32 = 0

    init(_ step: @escaping (UInt32, UnsafeRawPointer?, Int) -> UInt32) { self.step = step }

    func update(_ bytes: UnsafeRawBufferPointer) { sum = step(sum, bytes.baseAddress, bytes.count) }

    func finished() -> [UInt8] { withUnsafeBytes(of: sum.bigEndian) { Array($0) } }
}
