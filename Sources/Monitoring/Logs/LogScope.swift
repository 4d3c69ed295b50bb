package import Logging

/// What every line says that is logged on behalf of one request, by whatever module: its id, and its trace.
package enum LogScope {
    @TaskLocal package static var metadata: Logger.Metadata = [:]
}
