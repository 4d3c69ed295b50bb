import ArgumentParser
import Foundation
import Postgres
import Uploads

#if canImport(Glibc)
    import Glibc
#endif

/// Runs a command; what the operator did wrong is told in one line on standard error, with exit code 78 (EX_CONFIG), a
/// database that does not answer with 69 (EX_UNAVAILABLE).
func reportingMistakes(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let mistake as Settings.Mistake {
        FileHandle.standardError.write(Data("tussock: \(mistake)\n".utf8))
        throw ExitCode(78)
    } catch let error as PostgresError {
        let line = "tussock: the database (--database-url, TUSSOCK_DATABASE_URL) cannot be used: \(error.message)\n"
        FileHandle.standardError.write(Data(line.utf8))
        throw ExitCode(69)
    }
}

/// A line on standard output, at once, also when that is a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

/// TCP ports.
enum Port {
    /// Throws a `Mistake` if nothing can listen there.
    /// - Parameter prefix: of the options that named it, such as `ops-`.
    static func check(host: String, port: Int, prefix: String = "") throws {
        let variable = "TUSSOCK_" + prefix.uppercased().replacing("-", with: "_")
        guard port != 0 else { return }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found?.pointee else {
            throw Settings.Mistake(description: "--\(prefix)host (\(variable)HOST): \(host) is no address to listen on")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            let reason = errno == EADDRINUSE ? "it is taken by another program" : String(cString: strerror(errno))
            throw Settings.Mistake(
                description: "nothing can listen on \(host) port \(port): \(reason); choose another with "
                    + "--\(prefix)port (\(variable)PORT)")
        }
    }
}
