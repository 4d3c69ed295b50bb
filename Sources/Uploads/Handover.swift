package import Logging
import Meters
package import Postgres
import ServiceLifecycle
import UploadProtocol

/// How a newer request gets the claim from an older one, whichever node holds it.
///
/// The newcomer sends `release <upload> <fence> <its node>` to the holder's channel. The holder stops reading its body,
/// commits what it received, lets go, and answers `released <upload>` on the newcomer's channel. On one node both
/// messages stay in the process. A holder that does not answer within `patience` is dead or hung, and loses the claim
/// by force.
package final class Handover: Service, Sendable {
    /// The patience of those who are told of no other.
    package static let patience: Duration = .seconds(2)
    /// How often it looks at the row meanwhile, should a notification be lost.
    static let look: Duration = .milliseconds(250)

    package let node: NodeID
    package let writers = ActiveWriters()
    package let arrivals: Arrivals
    /// How long a newcomer waits for a holder that does not answer.
    let patience: Duration
    /// Fired when a writer of this node or of another let go, and after a try at a claim that a newer request waits
    /// for.
    let released = Signals<UploadID>()
    private let pool: PostgresPool
    private let listener: PostgresListener
    private let logger: Logger

    package init(
        node: NodeID, pool: PostgresPool, listener: PostgresListener, patience: Duration = Handover.patience,
        logger: Logger
    ) {
        self.node = node
        self.patience = patience
        arrivals = Arrivals(tried: released)
        self.pool = pool
        self.listener = listener
        self.logger = logger
    }

    /// Hears the other nodes until shutdown.
    package func run() async throws {
        let events = listener.events(on: node.channel)
        await cancelWhenGracefulShutdown {
            for await event in events { self.hear(event) }
        }
    }

    func hear(_ event: PostgresListener.Event) {
        guard case .notification(_, let payload) = event else { return released.fireAll() }
        let words = payload.split(separator: " ")
        guard words.count >= 2, let id = UploadID(words[1]) else {
            logger.warning("not a message between nodes", metadata: ["payload": "\(payload.debugDescription)"])
            return
        }
        switch words[0] {
        case "release" where words.count == 4:
            writers.askToStop(id, fence: Int64(words[2]) ?? 0, asker: NodeID(name: String(words[3])))
        case "released":
            released.fire(id)
        default:
            logger.warning("unknown message between nodes", metadata: ["payload": "\(payload.debugDescription)"])
        }
    }

    /// Asks the holder to let go. False when it is certain that nobody holds it.
    func ask(_ holder: NodeID, toRelease id: UploadID, fence: Int64) async throws -> Bool {
        if holder == node { return writers.askToStop(id, fence: fence) }
        _ = try await pool.first(Notify(channel: holder.channel, payload: "release \(id) \(fence) \(node)"))
        return true
    }

    /// Tells those who wait that this node let go of the upload.
    ///
    /// A hand-over is counted here, once, however many requests waited for it.
    /// - Parameter isLost: the claim had been taken by force; whoever did that has counted it.
    package func letGo(of claim: Claim, isLost: Bool = false) async {
        let (isAsked, askers) = writers.remove(claim.upload, fence: claim.fence)
        if isAsked, !isLost { Measured.takeOvers.add(.released) }
        released.fire(claim.upload)
        for asker in askers {
            do {
                _ = try await pool.first(Notify(channel: asker.channel, payload: "released \(claim.upload)"))
            } catch {
                logger.debug("no word of a release; the other node looks by itself", metadata: ["error": "\(error)"])
            }
        }
    }
}
