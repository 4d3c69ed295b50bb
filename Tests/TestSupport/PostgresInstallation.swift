import Foundation

/// PostgreSQL's programs on this machine, and who may run them.
struct PostgresInstallation: Sendable {
    /// The folder of `initdb`, `pg_ctl` and `postgres`.
    let binaries: String
    /// `UID:GID` to run as when we are root, which PostgreSQL refuses to be; empty otherwise.
    let owner: String

    static func find() throws -> PostgresInstallation {
        PostgresInstallation(binaries: try findBinaries(), owner: try findOwner())
    }

    /// Debian's newest version, else the first folder in PATH that has the server.
    private static func findBinaries() throws -> String {
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        let newestFirst = versions.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }
        let folders = newestFirst.map { "\(debian)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { String($0) }
        let found = (folders + path).first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
        guard let found else { throw TestServerError(message: "no PostgreSQL server in \(debian)/*/bin or PATH") }
        return found
    }

    private static func findOwner() throws -> String {
        guard getuid() == 0 else { return "" }
        guard let user = getpwnam("postgres") ?? getpwnam("nobody") else {
            throw TestServerError(message: "root cannot run PostgreSQL, and there is no user postgres or nobody")
        }
        return "\(user.pointee.pw_uid):\(user.pointee.pw_gid)"
    }
}

/// A TCP port on 127.0.0.1 that was free a moment ago.
///
/// Below the ports that the kernel gives to connections, so that none of the many connections of other tests takes it
/// before it is used.
package func freePort() throws -> Int {
    for _ in 0..<1000 {
        let port = Int.random(in: 15_000..<32_000)
        if try isFree(port) { return port }
    }
    throw TestServerError(message: "no free port")
}

private func isFree(_ port: Int) throws -> Bool {
    let descriptor = LoopbackSocket.make()
    guard descriptor >= 0 else { throw TestServerError(message: "no socket: errno \(errno)") }
    defer { close(descriptor) }
    var address = LoopbackSocket.address(port)
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
