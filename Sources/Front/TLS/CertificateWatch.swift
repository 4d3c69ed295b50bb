import Chunks
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Takes over a renewed certificate while the node runs: at SIGHUP, and by itself when the files have changed.
///
/// A pair that cannot be used is an `error` in the log, once, and the old one stays. Of files that are being replaced
/// one may be read before the other, so without SIGHUP it is one only if the next look finds the same.
struct CertificateWatch: Service {
    /// Between two looks at the files.
    static let interval: Duration = .seconds(10)

    /// What is wrong with the files, and whether it has been told.
    private struct Complaint {
        var message: String
        var isTold: Bool
    }

    private final class Complaints: Sendable {
        let latest = Mutex<Complaint?>(nil)
    }

    private let certificate: ServerCertificate?
    private let files: BlockingExecutor
    private let logger: Logger
    private let complaints = Complaints()

    /// - Parameter certificate: nil without TLS; SIGHUP does nothing then.
    init(_ certificate: ServerCertificate?, files: BlockingExecutor, logger: Logger) {
        self.certificate = certificate
        self.files = files
        self.logger = logger
    }

    func run() async throws {
        if let until = certificate?.validUntil {
            logger.info("TLS is on", metadata: ["valid_until": "\(until.ISO8601Format())"])
        }
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
                    await step(isAsked: true)
                }
            }
            guard certificate != nil else { return }
            group.addTask {
                await cancelWhenGracefulShutdown {
                    while (try? await Task.sleep(for: Self.interval)) != nil { await step(isAsked: false) }
                }
            }
        }
    }

    /// One look at the files.
    /// - Parameter isAsked: by a signal, so that there must be an answer.
    func step(isAsked: Bool) async {
        guard let certificate else { return logger.info("there is nothing to reload: TLS is off") }
        do {
            let renewed = try await files.run { try certificate.renew() }
            complaints.latest.withLock { $0 = nil }
            if let renewed {
                logger.notice("took over a new certificate", metadata: ["valid_until": "\(renewed.ISO8601Format())"])
            } else if isAsked {
                logger.info("the certificate has not changed")
            }
        } catch {
            complain("\(error)", isAsked)
        }
    }

    private func complain(_ message: String, _ isAsked: Bool) {
        let isToBeTold = complaints.latest.withLock { latest in
            let isKnown = latest?.message == message
            let isToBeTold = isAsked || (isKnown && latest?.isTold == false)
            latest = Complaint(message: message, isTold: isToBeTold || (isKnown && latest?.isTold == true))
            return isToBeTold
        }
        guard isToBeTold else { return }
        logger.error("the new certificate cannot be used; the old one stays", metadata: ["error": "\(message)"])
    }
}
