import Foundation
import Logging

extension Settings {
    private enum Format: String, CaseIterable {
        case json, text
    }

    /// The process's log: lines on standard error, so that standard output stays a command's own.
    func makeLogger(_ label: String) throws -> Logger {
        let level = try choice("log_level", of: Logger.Level.self) ?? .info
        let format = try choice("log_format", of: Format.self) ?? .text
        var logger = Logger(label: label) { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = level
        return logger
    }
}

/// One JSON object a line: `time`, `level`, `label`, `message`, and the metadata below their own names.
struct JSONLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: [String: String] = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        line["time"] = Date().ISO8601Format(.init(includingFractionalSeconds: true))
        line["level"] = event.level.rawValue
        line["label"] = label
        line["message"] = "\(event.message)"
        guard var data = try? JSONSerialization.data(withJSONObject: line, options: [.sortedKeys]) else { return }
        data.append(UInt8(ascii: "\n"))
        FileHandle.standardError.write(data)
    }
}
