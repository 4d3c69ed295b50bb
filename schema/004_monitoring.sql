-- What operators see besides the jobs themselves: who works, what was done by hand, and what long history adds up to.

-- Processes that say every 5 s that they live. One that ends removes its row; one that died stays for an hour.
CREATE TABLE worker (
    id           text PRIMARY KEY,                      -- the node's name, as in job.worker
    role         text NOT NULL,
    host         text NOT NULL,
    version      text NOT NULL,
    concurrency  integer,                               -- of a finalizer: jobs at the same time
    started_at   timestamptz NOT NULL DEFAULT now(),
    last_seen    timestamptz NOT NULL DEFAULT now(),
    swept_at     timestamptz,                           -- the latest of all is the leader, who sweeps
    CONSTRAINT worker_role_is_known CHECK (role IN ('front', 'finalizer'))
);

-- Every action by hand. `result` is `done`, or why it was refused.
CREATE TABLE job_audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text NOT NULL,
    via     text NOT NULL,
    action  text NOT NULL,
    job_id  bigint,                                     -- null: the queue or a folder; outlives the job
    folder  text,                                       -- its path, when a folder was paused or resumed
    result  text NOT NULL,
    CONSTRAINT job_audit_via_is_known CHECK (via IN ('api', 'cli')),
    CONSTRAINT job_audit_action_is_known CHECK (action IN ('retry', 'cancel', 'pause', 'resume'))
);
CREATE INDEX job_audit_job ON job_audit (job_id, id) WHERE job_id IS NOT NULL;
CREATE INDEX job_audit_at ON job_audit (at);

-- Done jobs that finished before `until`, so that counting them does not read them. The sweeper moves it on and takes
-- off what it prunes.
CREATE TABLE job_tally (
    done   bigint NOT NULL,
    until  timestamptz NOT NULL
);
INSERT INTO job_tally VALUES (0, '-infinity');

-- What was done in each minute; visible_… are seconds from the last byte to the visible item.
CREATE TABLE job_minute (
    minute       timestamptz PRIMARY KEY,
    done         bigint NOT NULL,
    bytes        numeric NOT NULL,
    visible_p50  double precision NOT NULL,
    visible_p99  double precision NOT NULL
);
