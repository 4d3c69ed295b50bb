import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// `tussock up`: everything with one command.
    @Suite struct UpCommand {
        private struct Running {
            var process: SpawnedProcess
            var ports: [Int]
            var password: String?
        }

        private func up(_ folder: TestFolder, port: Int, _ arguments: [String] = []) async throws -> Running {
            let all = ["up", "--data", folder.path + "/data", "--port", "\(port)"] + arguments
            let process = try folder.spawn("up-\(UInt16.random(in: 1...9999))", try Program.path(), all)
            let line = try await process.line { $0.contains("Tussock runs.") }
            _ = try await process.line { $0.contains("Ctrl-C stops everything") }
            let ports = line.split(separator: " ").compactMap { URL(string: String($0))?.port }
            let login = process.output.split(separator: "\n").first { $0.contains("login") }
            let words = login?.split(separator: " ").map { String($0) } ?? []
            return Running(process: process, ports: ports, password: words.count > 2 ? words[2] : nil)
        }

        /// A port of which the next ones are free as well.
        private func freePorts(_ count: Int = 2) throws -> Int {
            while true {
                let port = try freePort()
                if port < 65_000, (1..<count).allSatisfy({ (try? HTTPConnection.open(port + $0)) == nil }) {
                    return port
                }
            }
        }

        private static let roles = ["front", "front", "finalizer"]

        @Test func itPrintsWhereAndHowToLogInAndTheNextOneGoesOnAfterAKill() async throws {
            let folder = try await TestFolder()
            try await CurrentFolder.$value.withValue(folder) {
                let port = try freePort()
                let first = try await up(folder, port: port)
                #expect(first.ports == [port])
                let password = try #require(first.password)
                let client = TusClient(port: port, credentials: "admin:\(password)")
                let bytes = TestBytes.make(2 << 20)
                let created = try await client.create(
                    in: "", length: 2 << 20, filename: "a.bin", body: Data(bytes.prefix(1 << 20)))
                let upload = try #require(created.location)
                #expect(
                    try await client.create(in: "", length: 3, filename: "b.txt", body: Data("abc".utf8)).status == 201)

                let children = ProcessTable.descendants(of: first.process.pid)
                #expect(children.count >= 3)
                first.process.signal(SIGKILL)
                _ = try await first.process.end()
                // PostgreSQL is stopped by the next `up`; the roles end by themselves.
                let second = try await up(folder, port: port)
                #expect(second.password == nil || second.password != password)
                try await eventually("the end of the first processes") {
                    !children.contains(where: ProcessTable.isAlive)
                }
                #expect(try await client.download("/b.txt") == Data("abc".utf8))
                #expect(try await client.offset(upload) == 1 << 20)
                let last = try await client.patch(upload, bytes.dropFirst(1 << 20), at: 1 << 20)
                #expect((last.status, last.location) == (204, "/a.bin"))
                #expect(try await client.download("/a.bin") == bytes)

                let all = ProcessTable.descendants(of: second.process.pid)
                second.process.signal(SIGINT)
                #expect(try await second.process.end() == .exited(0))
                #expect(!all.contains(where: ProcessTable.isAlive))
            }
        }

        /// PostgreSQL goes on; the next `up` stops it and starts its own.
        @Test func itsRolesEndByThemselvesWhenItIsKilled() async throws {
            let folder = try await TestFolder()
            try await CurrentFolder.$value.withValue(folder) {
                let running = try await up(folder, port: freePort())
                let children = ProcessTable.descendants(of: running.process.pid)
                    .filter { ProcessTable.name(of: $0) == "tussock" }
                #expect(children.count == 2)
                running.process.signal(SIGKILL)
                try? await eventually("the end of its processes") {
                    !children.contains(where: ProcessTable.isAlive)
                }
                #expect(children.filter(ProcessTable.isAlive) == [])
            }
        }

        @Test func severalFrontNodesAreOneServiceAndADeadOneIsStartedAgain() async throws {
            let folder = try await TestFolder()
            try await CurrentFolder.$value.withValue(folder) {
                let (port, first) = (try freePorts(), try freePorts(3))
                let running = try await up(folder, port: port, ["--fronts", "2", "--ops-port", "\(first)"])
                for (index, role) in Self.roles.enumerated() {
                    let url = "http://127.0.0.1:\(first + index)/metrics"
                    #expect(running.process.output.contains(url))
                    try await eventually("its operations listener") {
                        (try? HTTPConnection.open(first + index)) != nil
                    }
                    let client = TusClient(port: first + index, credentials: nil)
                    let scrape = Scrape(
                        text: String(decoding: try await client.request("GET", "/metrics").body, as: UTF8.self))
                    #expect(scrape[#"tussock_build_info{version="0.1.0",role="\#(role)"}"#] == 1)
                }
                #expect(running.ports == [port, port + 1])
                let credentials = "admin:\(try #require(running.password))"
                let clients = [port, port + 1].map { TusClient(port: $0, credentials: credentials) }
                let upload = try await clients[0].newUpload(in: "", length: 6, filename: "a.txt")
                #expect(try await clients[1].patch(upload, Data("abc".utf8), at: 0).status == 204)
                let front = try #require(
                    ProcessTable.descendants(of: running.process.pid).first { process in
                        let line = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
                        return line?.contains("serve\0--host\0127.0.0.1\0--port\0\(port)\0") == true
                    })
                kill(front, SIGKILL)
                try await eventually("its successor") { (try? await clients[0].offset(upload)) == 3 }
                #expect(try await clients[0].patch(upload, Data("def".utf8), at: 3).location == "/a.txt")
                #expect(try await clients[1].download("/a.txt") == Data("abcdef".utf8))
                running.process.signal(SIGTERM)
                #expect(try await running.process.end() == .exited(0))
            }
        }

        @Test func aTakenPortIsNamedAndNothingIsStarted() async throws {
            try await SharedCluster.use { cluster, _ in
                let folder = try await TestFolder()
                let taken = cluster.port(0)
                let process = try folder.spawn(
                    "up", try Program.path(), ["up", "--data", folder.path + "/data", "--port", "\(taken)"])
                #expect(try await process.end() != .exited(0))
                let message = process.log.trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(message.contains("\(taken)") && message.contains("--port") && !message.contains("\n"))
            }
        }
    }
}
