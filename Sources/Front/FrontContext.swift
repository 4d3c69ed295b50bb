package import Hummingbird
import Logging
import NIOCore

/// Hummingbird's context of a request, with the connection that it came on.
package struct FrontContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let record = RequestRecord()

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
