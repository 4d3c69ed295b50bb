package import Chunks
package import Content
package import Logging
package import Monitoring
package import Uploads

/// What one front node works with. It holds nothing that another node needs.
package struct FrontNode: Sendable {
    package var settings: FrontSettings
    package var uploads: UploadStore
    package var handover: Handover
    package var content: ContentStore
    package var authenticator: Authenticator
    package var jobs: JobReader
    package var steering: JobSteering
    package var volume: ChunkVolume
    /// Threads for file calls.
    package var files: BlockingExecutor
    package var finalizations: FinalizationNews
    package var logger: Logger
    /// What responses call this node: it tells nodes apart, and nothing of where they run.
    let publicName: String
    let space: FreeSpace
    let eventStreams = EventStreams()

    package init(
        settings: FrontSettings, uploads: UploadStore, handover: Handover, content: ContentStore,
        authenticator: Authenticator, jobs: JobReader, steering: JobSteering, volume: ChunkVolume,
        files: BlockingExecutor,
        finalizations: FinalizationNews, logger: Logger
    ) {
        self.settings = settings
        self.uploads = uploads
        self.handover = handover
        self.content = content
        self.authenticator = authenticator
        self.jobs = jobs
        self.steering = steering
        self.volume = volume
        self.files = files
        self.finalizations = finalizations
        self.logger = logger
        publicName = handover.node.suffix
        space = FreeSpace(volume: volume, files: files, minimum: settings.minFreeBytes)
    }
}
