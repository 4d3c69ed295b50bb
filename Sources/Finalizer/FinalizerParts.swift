package import Chunks
package import Logging
package import Postgres
package import Uploads

/// Limits of one worker.
package struct FinalizerSettings: Sendable {
    /// Jobs that run at the same time.
    package var concurrency = 4
    /// Jobs that one claim takes at most.
    package var batch = 16
    /// Bytes that are read and written in a second when files are joined; nil: as fast as it goes.
    package var bandwidth: Int64?
    /// How long a silent worker keeps a job, seconds.
    package var leaseSeconds = 30
    /// Between two signs of life.
    package var heartbeat: Duration = .seconds(5)
    /// How often it looks for jobs when no notification comes.
    package var poll: Duration = .seconds(1)
    /// Between two passes of the sweeper.
    package var sweep: Duration = .seconds(10)
    /// How old a file without a row must be before it is removed, seconds.
    package var orphanSeconds: Int64 = 24 * 3600
    /// How long rows of removed uploads are kept, seconds.
    package var keepSeconds = 7 * 24 * 3600
    /// How long actions by hand are kept in the audit log, seconds.
    package var keepAuditSeconds = 90 * 24 * 3600
    /// How long a process that died is shown among the workers, seconds.
    package var keepWorkersSeconds = 3600
    /// How long the file of a deleted item stays for downloads that have begun, seconds.
    package var blobGraceSeconds = 60

    package init() {}
}

/// What a worker works with.
package struct FinalizerParts: Sendable {
    package var node: NodeID
    package var pool: PostgresPool
    package var listener: PostgresListener
    package var uploads: UploadStore
    package var volume: ChunkVolume
    /// The identity that the volume must have, so that one that is not mounted is not taken for one that lost files.
    package var identity: String
    /// Threads for file calls.
    package var files: BlockingExecutor
    package var settings: FinalizerSettings
    package var logger: Logger
    /// Of all jobs of this worker.
    let bandwidth: Bandwidth

    package init(
        node: NodeID, pool: PostgresPool, listener: PostgresListener, uploads: UploadStore, volume: ChunkVolume,
        identity: String, files: BlockingExecutor, settings: FinalizerSettings, logger: Logger
    ) {
        self.node = node
        self.pool = pool
        self.listener = listener
        self.uploads = uploads
        self.volume = volume
        self.identity = identity
        self.files = files
        self.settings = settings
        self.logger = logger
        bandwidth = Bandwidth(bytesPerSecond: settings.bandwidth)
    }
}
