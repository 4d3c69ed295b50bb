import Foundation
import ServiceLifecycle

/// Runs the roles once the database is ready, until shutdown; then says what there is to see.
struct Prepared: Service {
    let roles: [ChildProcess]
    let prepare: @Sendable () async throws -> Announcement

    func run() async throws {
        let announcement = try await cancelWhenGracefulShutdown { try await prepare() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for role in roles { group.addTask { try await role.run() } }
            group.addTask {
                for role in roles { await role.started() }
                FileHandle.standardOutput.write(Data(announcement.text.utf8))
            }
            try await group.waitForAll()
        }
    }
}
