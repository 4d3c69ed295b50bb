import Foundation
import TestSupport

/// Debian's nginx as the reference: plain PUT (ngx_http_dav_module) and GET, on the same file system.
final class Nginx: Sendable {
    let port: Int
    /// Where PUT makes files.
    let files: String
    private let process: SpawnedProcess

    /// nil: it is not installed, or lacks the module.
    static func start(in folder: TestFolder) async throws -> Nginx? {
        let paths = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"]
        guard let program = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return nil }
        return try await Nginx(program, folder)
    }

    private init(_ program: String, _ folder: TestFolder) async throws {
        port = try freePort()
        let home = folder.path + "/nginx"
        files = home + "/files"
        for name in ["", "/files", "/bodies", "/logs"] {
            try FileManager.default.createDirectory(atPath: home + name, withIntermediateDirectories: true)
        }
        let text = Self.configuration(home: home, port: port)
        try text.write(toFile: home + "/nginx.conf", atomically: false, encoding: .utf8)
        process = try folder.spawn(
            "nginx", program, ["-p", home, "-c", "\(home)/nginx.conf", "-e", "\(home)/logs/error.log"])
        let (port, process) = (port, process)
        try await eventually("nginx") {
            guard process.isAlive else { throw BenchError("nginx does not start: \(process.log)") }
            return (try? HTTPConnection.open(port)) != nil
        }
    }

    private static func configuration(home: String, port: Int) -> String {
        """
        daemon off;
        worker_processes auto;
        \(getuid() == 0 ? "user root;" : "")
        pid \(home)/nginx.pid;
        events { worker_connections 4096; }
        http {
            access_log \(home)/logs/access.log;
            client_body_temp_path \(home)/bodies;
            client_max_body_size 0;
            sendfile on;
            tcp_nopush on;
            keepalive_requests 1000000000;
            keepalive_timeout 600;
            server {
                listen 127.0.0.1:\(port);
                root \(home)/files;
                location / { dav_methods PUT DELETE; }
            }
        }

        """
    }

    /// Master and workers; what they use counts as the front's.
    var meter: ServerMeter {
        ServerMeter(fronts: [process.pid] + ProcessTable.descendants(of: process.pid))
    }

    /// Empties what was put; see `Stage.clearVolume`.
    func clear() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: files) {
            truncate("\(files)/\(name)", 0)
        }
    }

    func stop() async { await process.stop() }
}
