import CLibPQ
import Logging

/// Where libpq's notices go: the server's warnings are for developers, so to the log at debug.
final class NoticeLog: Sendable {
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// libpq does not retain the pointer: the owner of the connection keeps this object as long as the connection.
    func attach(to connection: OpaquePointer) {
        PQsetNoticeReceiver(connection, { receiveNotice($0, $1) }, Unmanaged.passUnretained(self).toOpaque())
    }

    fileprivate func log(_ message: String) {
        logger.debug("notice from PostgreSQL", metadata: ["notice": "\(message)"])
    }
}

private func receiveNotice(_ log: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
    guard let log, let result, let message = PQresultErrorMessage(result) else { return }
    Unmanaged<NoticeLog>.fromOpaque(log).takeUnretainedValue().log(oneLine(String(cString: message)))
}
