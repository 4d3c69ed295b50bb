/// What is counted and timed where it happens.
extension Metric {
    package static let requests = histogram(
        "tussock_http_request_seconds",
        "Duration of requests, from the head to the last byte of the answer; status is none when no answer was sent.",
        labels: ["method", "endpoint", "status"],
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300])
    package static let bytesReceived = counter(
        "tussock_bytes_received_total", "Bytes of request bodies that this process has read.")
    package static let takeOvers = counter(
        "tussock_leases_taken_over_total",
        "Uploads that a request took over from an older one: released by its holder, or forced from a silent one.",
        labels: ["kind"])
    package static let finalizing = histogram(
        "tussock_finalize_seconds", "Duration of the steps of a finalizer's jobs.", labels: ["phase"],
        [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800])
    package static let visible = histogram(
        "tussock_upload_visible_seconds", "From the commit of an upload's last byte to its visible item.",
        [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200])
    package static let attempts = counter(
        "tussock_job_attempts_total", "Attempts at jobs that ended here, by how.", labels: ["result"])
    package static let sweeps = counter(
        "tussock_sweeps_total", "Passes of the sweeper in this process, by how they ended.", labels: ["result"])
    package static let swept = counter(
        "tussock_swept_total",
        "What the sweeper has done: expired uploads, removed files of uploads, of items and of nobody, pruned rows.",
        labels: ["kind"])
    package static let poolWait = histogram(
        "tussock_database_pool_wait_seconds", "How long callers waited for a connection of the pool.",
        [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10])
    package static let reconnects = counter(
        "tussock_database_reconnects_total", "Connections to the database that were made again after a loss.",
        labels: ["connection"])

    /// All of these.
    package static let recorded = [
        requests, bytesReceived, takeOvers, finalizing, visible, attempts, sweeps, swept, poolWait, reconnects,
    ]
}
