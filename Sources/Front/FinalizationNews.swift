import Foundation
package import Postgres
import ServiceLifecycle
import UploadProtocol
import Uploads

/// Hears which uploads have been finalized, for the requests that wait for it.
package struct FinalizationNews: Service {
    private let listener: PostgresListener
    let signals = Signals<UploadID>()

    package init(listener: PostgresListener) {
        self.listener = listener
    }

    package func run() async throws {
        let events = listener.events(on: "tussock_finalized")
        await cancelWhenGracefulShutdown {
            for await event in events {
                switch event {
                case .gap: signals.fireAll()
                case .notification(_, let payload):
                    if let id = UploadID(uuid: payload) { signals.fire(id) }
                }
            }
        }
    }
}
