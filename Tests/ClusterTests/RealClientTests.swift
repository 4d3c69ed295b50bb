import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Clients that others wrote, as the README shows them.
    @Suite struct RealClients {
        /// `.ci/setup` makes it.
        private static let python = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(".build/python/bin/python")
            .path

        /// Uploads in chunks of 1 MiB, each through the next front node, and prints the last Location.
        private static let script = """
            import sys
            from base64 import b64encode
            from tusclient.client import TusClient

            login = "Basic " + b64encode(("admin:" + sys.argv[1]).encode()).decode()
            name, urls = sys.argv[2], sys.argv[3:]
            client = TusClient(urls[0] + "/@upload", headers={"Authorization": login})
            uploader = client.uploader(name, chunk_size=2**20, metadata={"filename": "by-tuspy.bin"})
            uploader.set_url(uploader.create_url())
            path, turn = uploader.url[len(urls[0]):], 0
            while uploader.offset < uploader.get_file_size():
                uploader.set_url(urls[turn % len(urls)] + path)
                uploader.upload_chunk()
                turn += 1
            """

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python), "run .ci/setup for tuspy"))
        func tuspyUploadsThroughTwoFrontNodesInTurn() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(5 << 20 + 17)
                let file = cluster.folder.path + "/tuspy.bin"
                try bytes.write(to: URL(fileURLWithPath: file))
                let urls = [0, 1].map { "http://127.0.0.1:\(cluster.port($0))" }
                let ending = try await cluster.folder.run(
                    "tuspy", Self.python,
                    ["-c", Self.script, Cluster.password, file] + urls.map { $0 + folder })
                #expect(ending == .exited(0))
                #expect(try await cluster.client().download("\(folder)/by-tuspy.bin") == bytes)
            }
        }

        @Test func curlUploadsInOnePatchAndGetsTheItem() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(5 << 20 + 17)
                let file = cluster.folder.path + "/curl.bin"
                try bytes.write(to: URL(fileURLWithPath: file))
                let upload = try await cluster.client().newUpload(
                    in: folder, length: Int64(bytes.count), filename: "by-curl.bin")
                let ending = try await cluster.folder.run(
                    "curl", "/usr/bin/curl",
                    [
                        "--silent", "--fail", "--user", "admin:\(Cluster.password)", "--request", "PATCH",
                        "--upload-file", file, "--header", "Tus-Resumable: 1.0.0", "--header", "Upload-Offset: 0",
                        "--header", "Content-Type: \(TusClient.offsetStream)",
                        "http://127.0.0.1:\(cluster.port(1))\(upload)",
                    ])
                #expect(ending == .exited(0))
                #expect(try await cluster.client().download("\(folder)/by-curl.bin") == bytes)
            }
        }
    }
}
