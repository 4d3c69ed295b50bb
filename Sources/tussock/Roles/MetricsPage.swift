import Chunks
import Foundation
import Front
import Meters
import Monitoring
import Postgres
import Uploads

/// `/metrics`: what this process has recorded, and what can be seen at the moment. Answers within the patience,
/// whatever is away.
struct MetricsPage: Sendable {
    /// How long figures of the database and the volume count, so that many who scrape cost no more than one.
    private static let memory: Duration = .seconds(2)

    private let backbone: Backbone
    private let certificate: ServerCertificate?
    private let queue: Inquiry<QueueFigures>
    private let freeBytes: Inquiry<Int64>

    init(_ backbone: Backbone, certificate: ServerCertificate?, patience: Duration) {
        self.backbone = backbone
        self.certificate = certificate
        queue = Inquiry(memory: Self.memory, patience: patience) { [jobs = JobReader(pool: backbone.pool)] in
            try await jobs.queue()
        }
        freeBytes = Inquiry(memory: Self.memory, patience: patience) { [volume = backbone.volume, backbone] in
            try await backbone.files.run { try volume.freeBytes() }
        }
    }

    func text() async -> String {
        async let queue = try? queue.answer()
        async let free = try? freeBytes.answer()
        let (knownQueue, knownFree) = (await queue, await free)
        var page = Exposition()
        page.write(.buildInfo, info: [Tussock.version, backbone.role])
        backbone.metrics.write(to: &page)
        page.write(.uploadsActive, Double(backbone.handover.writers.count))
        page.write(backbone.pool.figures)
        page.write(.databaseUp, knownQueue == nil ? 0 : 1)
        if let knownQueue { page.write(knownQueue) }
        page.write(.volumeUp, knownFree == nil ? 0 : 1)
        if let knownFree { page.write(.volumeFree, Double(knownFree)) }
        if let certificate { page.write(.certificateExpiry, certificate.validUntil.timeIntervalSince1970) }
        page.write(ProcessFigures.now())
        return page.text
    }
}

extension Exposition {
    fileprivate mutating func write(_ pool: PoolFigures) {
        write(.poolConnections, [("idle", Double(pool.idle)), ("used", Double(pool.leased))])
        write(.poolLimit, Double(pool.limit))
        write(.poolWaiters, Double(pool.waiting))
        write(.connectFailures, Double(pool.connectFailures))
    }

    fileprivate mutating func write(_ queue: QueueFigures) {
        write(.jobs, JobState.allCases.map { ($0.rawValue, Double(queue.counts[$0] ?? 0)) })
        write(.oldestJob, max(0, queue.oldestAge ?? 0))
        write(.workers, Double(queue.workers))
        write(.lostWorkers, Double(queue.lostWorkers))
        write(.isPaused, queue.isPaused ? 1 : 0)
    }
}
