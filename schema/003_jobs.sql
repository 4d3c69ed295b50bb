-- The finalizer's jobs, one an upload. `attempt` numbers the claims of a job and is the fence of its worker:
-- whoever writes says `WHERE attempt = mine`. Only `failures` count against max_attempts, so that waiting for
-- space or a graceful stop uses up nothing.

CREATE TABLE job (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_id      uuid NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
    state          text NOT NULL DEFAULT 'queued',
    phase          text,
    priority       smallint NOT NULL DEFAULT 0,         -- the smaller, the sooner
    attempt        integer NOT NULL DEFAULT 0,
    failures       integer NOT NULL DEFAULT 0,
    max_attempts   integer NOT NULL DEFAULT 20,
    worker         text,
    lease_until    timestamptz,
    bytes_total    bigint NOT NULL,
    bytes_done     bigint NOT NULL DEFAULT 0,
    queued_at      timestamptz NOT NULL DEFAULT now(),
    next_at        timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz,
    finished_at    timestamptz,
    waiting_for    text,
    error_class    text,
    error_message  text,
    CONSTRAINT job_is_one_an_upload UNIQUE (upload_id),
    CONSTRAINT job_state_is_known CHECK (state IN ('queued', 'running', 'retrying', 'done', 'dead', 'cancelled')),
    CONSTRAINT job_phase_is_known CHECK (phase IN ('verify', 'assemble', 'sync', 'publish')),
    CONSTRAINT job_runs_under_a_lease
        CHECK ((state = 'running') = (lease_until IS NOT NULL) AND (state <> 'running' OR worker IS NOT NULL)),
    CONSTRAINT job_ends_with_a_time CHECK ((state IN ('done', 'dead', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT job_bytes_are_within_the_total CHECK (bytes_done >= 0 AND bytes_done <= bytes_total)
) WITH (fillfactor = 70);
CREATE INDEX job_ready ON job (priority, next_at, id) WHERE state IN ('queued', 'retrying');
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'running';

CREATE TABLE job_attempt (
    job_id         bigint NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    attempt        integer NOT NULL,
    worker         text NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    result         text,
    error_class    text,
    error_message  text,
    PRIMARY KEY (job_id, attempt),
    CONSTRAINT job_attempt_result_is_known
        CHECK (result IN ('done', 'failed', 'waiting', 'stopped', 'lost', 'cancelled')),
    CONSTRAINT job_attempt_ends_with_a_result CHECK ((ended_at IS NULL) = (result IS NULL))
);
