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

        /// Creates at the first node, uploads in chunks of 1 MiB to the second, asks the first for the metadata; then
        /// uploads again with the one call that aiotus' users make.
        private static let asyncScript = """
            import asyncio, sys
            from base64 import b64encode
            import aiohttp, aiotus, yarl
            from aiotus import core, creation

            async def main(password, name, first, second):
                headers = {"Authorization": "Basic " + b64encode(("admin:" + password).encode()).decode()}
                async with aiohttp.ClientSession() as session:
                    metadata = {"filename": b"by-aiotus.bin", "note": b"\\xff\\x00", "flag": None}
                    with open(name, "rb") as file:
                        endpoint = yarl.URL(first + "/@upload")
                        url = await creation.create(session, endpoint, file, metadata, headers=headers)
                        elsewhere = yarl.URL(second + str(url)[len(first):])
                        await core.upload_buffer(session, elsewhere, file, chunksize=2**20, headers=headers)
                    told = await core.metadata(session, url, headers=headers)
                    assert dict(told) == metadata, told
                with open(name, "rb") as file:
                    url = await aiotus.upload(second + "/@upload", file, {"filename": b"again.bin"}, headers=headers)
                    assert url is not None

            asyncio.run(main(*sys.argv[1:]))
            """

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python), "run .ci/setup for aiotus"))
        func aiotusUploadsWithMetadataThroughTwoFrontNodes() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(5 << 20 + 17)
                let file = cluster.folder.path + "/aiotus.bin"
                try bytes.write(to: URL(fileURLWithPath: file))
                let urls = [0, 1].map { "http://127.0.0.1:\(cluster.port($0))\(folder)" }
                let ending = try await cluster.folder.run(
                    "aiotus", Self.python, ["-c", Self.asyncScript, Cluster.password, file] + urls)
                #expect(ending == .exited(0))
                for name in ["by-aiotus.bin", "again.bin"] {
                    #expect(try await cluster.client().download("\(folder)/\(name)") == bytes)
                }
            }
        }

        /// curl asks with `Expect: 100-continue` and, told nothing, would send the body only after a second.
        @Test func curlIsToldToGoOnBeforeItSendsTheBody() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(3 << 20 + 5)
                let file = cluster.folder.path + "/expect.bin"
                try bytes.write(to: URL(fileURLWithPath: file))
                let log = cluster.folder.path + "/expect.log"
                let metadata = TusClient.metadata("by-expect.bin")
                let ending = try await cluster.folder.run(
                    "curl-expect", "/usr/bin/curl",
                    [
                        "--silent", "--fail", "--user", "admin:\(Cluster.password)", "--upload-file", file, "--request",
                        "POST", "--expect100-timeout", "60", "--dump-header", log, "--header", "Expect: 100-continue",
                        "--header", "Tus-Resumable: 1.0.0", "--header", "Upload-Length: \(bytes.count)", "--header",
                        "Upload-Metadata: \(metadata)", "--header", "Content-Type: \(TusClient.offsetStream)",
                        "http://127.0.0.1:\(cluster.port(1))\(folder)/@upload",
                    ])
                #expect(ending == .exited(0))
                let heads = String(decoding: try Data(contentsOf: URL(fileURLWithPath: log)), as: UTF8.self)
                #expect(heads.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 "))
                #expect(try await cluster.client().download("\(folder)/by-expect.bin") == bytes)
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
