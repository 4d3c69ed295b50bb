package import Chunks
package import Content
package import Logging
package import Monitoring
package import Uploads

/// What one front node works with. It holds nothing that another node needs.
package final class FrontNode: Sendable {
    package let settings: FrontSettings
    package let uploads: UploadStore
    package let handover: Handover
    package let content: ContentStore
    package let authenticator: Authenticator
    package let jobs: JobReader
    package let steering: JobSteering
    package let volume: ChunkVolume
    /// Threads for file calls.
    package let files: BlockingExecutor
    package let finalizations: FinalizationNews
    package let logger: Logger
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
