-- The finalizer's jobs, one an upload. `attempt` numbers the claims of a job and is the fence of its worker:
-- whoever writes says `WHERE attempt = mine`. Only `failures` count against max_attempts, so that waiting for
-- space or a graceful stop uses up nothing.

-- What is paused: the whole queue (folder_id null), or a folder with all that is below it. A job whose turn comes
-- while its folder is paused is parked until the row goes.
CREATE TABLE job_pause (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    folder_id  uuid,
    actor      text NOT NULL,
    paused_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX job_pause_is_one_a_folder ON job_pause (folder_id) NULLS NOT DISTINCT;

-- `changed` is the transaction that last changed the row: every statement that updates a job sets it, and a reader of
-- events asks for what its last snapshot did not see.
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
    created_at     timestamptz NOT NULL DEFAULT now(),
    queued_at      timestamptz NOT NULL DEFAULT now(),  -- when the last byte was there
    next_at        timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz,
    finished_at    timestamptz,
    waits          boolean NOT NULL DEFAULT false,      -- not due before somebody wakes it; waiting_for tells for what
    waiting_for    text,
    error_class    text,
    error_message  text,
    owner          text NOT NULL DEFAULT '',            -- of the upload
    folder_id      uuid,                                -- where the item is to stand
    phase_at       timestamptz,                         -- since when it is in its phase
    phase_from     bigint NOT NULL DEFAULT 0,           -- bytes_done at that time
    parked_by      bigint REFERENCES job_pause (id) ON DELETE SET NULL,
    changed        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT job_is_one_an_upload UNIQUE (upload_id),
    CONSTRAINT job_state_is_known CHECK (state IN ('queued', 'running', 'retrying', 'done', 'dead', 'cancelled')),
    CONSTRAINT job_phase_is_known CHECK (phase IN ('verify', 'assemble', 'sync', 'publish')),
    CONSTRAINT job_runs_under_a_lease
        CHECK ((state = 'running') = (lease_until IS NOT NULL) AND (state <> 'running' OR worker IS NOT NULL)),
    CONSTRAINT job_ends_with_a_time CHECK ((state IN ('done', 'dead', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT job_bytes_are_within_the_total CHECK (bytes_done >= 0 AND bytes_done <= bytes_total)
) WITH (fillfactor = 70);
CREATE INDEX job_ready ON job (priority, next_at, id)
    WHERE state IN ('queued', 'retrying') AND parked_by IS NULL AND NOT waits;
CREATE INDEX job_waiting ON job (upload_id) WHERE state = 'queued' AND waits;
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_parked ON job (parked_by) WHERE parked_by IS NOT NULL;
CREATE INDEX job_changed ON job (changed);
-- For lists, newest first: each filter that may leave few of many rows has its index.
CREATE INDEX job_state ON job (state, id);
CREATE INDEX job_owner ON job (owner, id);
CREATE INDEX job_folder ON job (folder_id, id);
CREATE INDEX job_owner_folder ON job (owner, folder_id, id);
CREATE INDEX job_created ON job (created_at);
CREATE INDEX job_done ON job (finished_at) WHERE state = 'done';

CREATE TABLE job_attempt (
    job_id         bigint NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    attempt        integer NOT NULL,
    worker         text NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    result         text,
    error_class    text,
    error_message  text,
    phases         text[] NOT NULL DEFAULT '{}',        -- in their order
    phase_seconds  double precision[] NOT NULL DEFAULT '{}',
    repeats        integer NOT NULL DEFAULT 1,          -- of a run of waits for the same thing, which is one row
    PRIMARY KEY (job_id, attempt),
    CONSTRAINT job_attempt_result_is_known
        CHECK (result IN ('done', 'failed', 'waiting', 'stopped', 'lost', 'cancelled')),
    CONSTRAINT job_attempt_ends_with_a_result CHECK ((ended_at IS NULL) = (result IS NULL))
);
