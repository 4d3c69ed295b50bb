import ArgumentParser
import Foundation

/// Asks the role that runs on this machine, at its operations listener, whether it can do its work: what an image
/// without curl needs for its HEALTHCHECK. It prints the answer of `/readyz`; exit code 1 is anything but 200.
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the role that runs here whether it can do its work.", shouldDisplay: false)

    /// The listener itself answers within two.
    static let patience: TimeInterval = 4

    @OptionGroup(title: "Operations") var operations: OperationsOptions
    @OptionGroup(title: "General") var common: CommonOptions

    func run() throws {
        let answer: (status: Int, text: String)
        do {
            let settings = try Settings(options: merged(operations.settings, common.settings), file: common.config)
            answer = try Self.ask(
                host: settings.text("ops_host") ?? "127.0.0.1",
                port: try settings.integer("ops_port", in: 1...65_535) ?? 9090)
        } catch let mistake as Settings.Mistake {
            FileHandle.standardError.write(Data("tussock: \(mistake)\n".utf8))
            throw ExitCode(78)
        }
        print(answer.text.trimmingCharacters(in: .whitespacesAndNewlines))
        if answer.status != 200 { throw ExitCode(1) }
    }

    /// An address that means all of this machine is asked as any of it.
    private static func ask(host: String, port: Int) throws -> (status: Int, text: String) {
        do {
            let connection = try LocalConnection(host: host, port: port, patience: patience)
            let response = try connection.exchange(
                "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let parts = response.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            let status = parts[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return (status, parts.count > 1 ? String(parts[1]) : "")
        } catch {
            return (0, "the operations listener on \(host) port \(port) does not answer: \(error)")
        }
    }
}
