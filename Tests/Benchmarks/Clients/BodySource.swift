import Foundation

/// Random bytes for bodies, in memory and in a file without a name that stays in the page cache.
final class BodySource: Sendable {
    /// Bytes; larger bodies are these again and again.
    static let size = 8 << 20

    let descriptor: Int32
    private let mapped: UInt

    init(in folder: String) throws {
        var template = Array((folder + "/bodies-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw BenchError("no file in \(folder): errno \(errno)") }
        unlink(template)
        let bytes = (0..<Self.size / 8).map { _ in UInt64.random(in: .min ... .max) }
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        let memory = mmap(nil, Self.size, PROT_READ, MAP_SHARED, descriptor, 0)
        guard written == Self.size, let memory, memory != MAP_FAILED else {
            throw BenchError("no \(Self.size) bytes for bodies in \(folder): errno \(errno)")
        }
        self.descriptor = descriptor
        mapped = UInt(bitPattern: memory)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(bitPattern: mapped), Self.size)
        close(descriptor)
    }

    /// The first `count` bytes, at most `size`.
    func memory(_ count: Int) -> UnsafeMutableRawPointer? {
        count <= Self.size ? UnsafeMutableRawPointer(bitPattern: mapped) : nil
    }
}
