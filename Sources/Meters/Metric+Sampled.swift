/// What is looked at when somebody asks for `/metrics`.
extension Metric {
    package static let buildInfo = gauge(
        "tussock_build_info", "1; version and role of this process.", labels: ["version", "role"])
    package static let uploadsActive = gauge(
        "tussock_uploads_active", "Uploads that this process is writing at the moment.")
    package static let certificateExpiry = gauge(
        "tussock_tls_certificate_expiry_timestamp_seconds",
        "Until when the certificate in use is valid, seconds since 1970; only with TLS.")
    package static let volumeUp = gauge("tussock_volume_up", "1 if the volume answered in time, else 0.")
    package static let volumeFree = gauge("tussock_volume_free_bytes", "Free space on the volume.")
    package static let databaseUp = gauge(
        "tussock_database_up", "1 if the database answered in time, else 0; then there are no figures of jobs.")

    package static let poolConnections = gauge(
        "tussock_database_pool_connections", "Open connections of the pool, by whether they are lent.",
        labels: ["state"])
    package static let poolLimit = gauge("tussock_database_pool_limit", "Connections that the pool may have.")
    package static let poolWaiters = gauge("tussock_database_pool_waiters", "Callers that wait for a connection.")
    package static let connectFailures = counter(
        "tussock_database_connect_failures_total", "Connections of the pool that could not be made.")

    package static let jobs = gauge(
        "tussock_jobs", "Jobs of the whole installation, as the database has them.", labels: ["state"])
    package static let oldestJob = gauge(
        "tussock_job_oldest_age_seconds", "Age of the oldest job that is not finished; 0 without one.")
    package static let workers = gauge("tussock_workers", "Finalizers that live, as the database has them.")
    package static let lostWorkers = gauge(
        "tussock_workers_lost", "Finalizers that ended without a word within the last hour, as the database has them.")
    package static let isPaused = gauge("tussock_queue_paused", "1 while the whole queue is paused by hand.")

    package static let residentBytes = gauge("process_resident_memory_bytes", "Resident memory.")
    package static let cpuSeconds = counter("process_cpu_seconds_total", "Processor time, user and system.")
    package static let openFiles = gauge("process_open_fds", "Open file descriptors.")
    package static let mostFiles = gauge("process_max_fds", "File descriptors that may be open.")
    package static let startTime = gauge("process_start_time_seconds", "Start of the process, seconds since 1970.")
}
