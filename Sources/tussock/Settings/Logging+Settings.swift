import Logging
import Monitoring

extension Settings {
    /// The process's log: lines on standard error, so that standard output stays a command's own.
    func makeLogger(_ label: String) throws -> Logger {
        let level = try choice("log_level", of: Logger.Level.self) ?? .info
        return (try choice("log_format", of: LogFormat.self) ?? .text).logger(label, level: level)
    }
}
