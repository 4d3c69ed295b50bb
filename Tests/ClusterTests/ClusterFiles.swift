import Foundation
import TestSupport

extension Cluster {
    /// The chunk files of an upload, by name.
    func chunkFiles(_ upload: TusClient.Upload) -> [String] {
        let id = upload.suffix(32)
        let names = try? FileManager.default.contentsOfDirectory(atPath: "\(volume)/uploads/\(id.prefix(2))")
        return (names ?? []).filter { $0.hasPrefix(id) }.sorted()
    }

    /// Bytes in the chunk files, committed or not.
    func received(_ upload: TusClient.Upload) async throws -> Int64 {
        try chunkFiles(upload).reduce(0) { sum, name in
            let path = "\(volume)/uploads/\(name.prefix(2))/\(name)"
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
            return sum + (size ?? 0)
        }
    }

    /// Waits until nobody holds the upload any more, whoever did having let go by itself.
    func release(of upload: TusClient.Upload) async throws {
        try await eventually("the release") { try await row(upload, "lease_node IS NULL AND clean") == "t" }
    }

    /// How many items a folder lists.
    func listed(_ folder: String) async throws -> Int? {
        try await client().request("GET", folder, ["Accept": "application/json"]).json["items_total"] as? Int
    }

    /// Waits until the file system shows that `count` bytes arrived.
    func receive(_ count: Int64, of upload: TusClient.Upload) async throws {
        try await eventually("\(count) bytes on the volume") { try await received(upload) == count }
    }
}
