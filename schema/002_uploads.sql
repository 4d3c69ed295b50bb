-- Uploads, their claims and their chunks. One row an upload, one row touched by each statement of the hot path.
--
-- The row is the truth. `offset` bytes count; they stand in the files uploads/<2 hex>/<id>.<fence>, one for each
-- entry of chunk_fences, of which file i holds the bytes from chunk_starts[i] up to chunk_starts[i + 1] (the last:
-- up to `offset`). What a file holds beyond that does not count.
--
-- Requests on one upload take turns: `turn` counts those that ever claimed it or waited for it, `claimed_turn` is that of
-- the last claim. Of requests that wait, the one with the latest turn gets the claim; the others give way.
--
-- A claim is held while lease_node is not null. Each claim raises `fence`, and whoever writes says
-- `WHERE fence = mine`. `clean` says that the last claim was handed over by its holder: then, and only then, may
-- the next writer go on in the same file.
--
-- expected_* is what the client says the whole hashes to (Repr-Digest). known_* is what it was found to hash to, either on
-- its way in or by the finalizer, before it assembles.

CREATE TABLE upload (
    id              uuid PRIMARY KEY,
    folder_id       uuid NOT NULL,                      -- the folder, or the item whose file is replaced
    replaces        boolean NOT NULL DEFAULT false,
    owner           text NOT NULL,
    dialect         text NOT NULL DEFAULT 'tus',        -- of the request that created it
    state           text NOT NULL DEFAULT 'open',
    length          bigint,
    "offset"        bigint NOT NULL DEFAULT 0,
    metadata        text NOT NULL DEFAULT '',           -- Upload-Metadata as it came
    concat          text,                               -- Upload-Concat as it came: partial, or final;URL URL …
    filename        text NOT NULL,
    content_type    text NOT NULL,
    kind            text NOT NULL,
    fence           bigint NOT NULL DEFAULT 0,
    lease_node      text,
    lease_until     timestamptz,
    clean           boolean NOT NULL DEFAULT true,
    turn            bigint NOT NULL DEFAULT 0,
    claimed_turn    bigint NOT NULL DEFAULT 0,
    chunk_fences    bigint[] NOT NULL DEFAULT '{}',
    chunk_starts    bigint[] NOT NULL DEFAULT '{}',
    expected_sha256 bytea,
    expected_sha512 bytea,
    wanted_digests  text[] NOT NULL DEFAULT '{}',       -- by which algorithms else the client wants it hashed
    known_sha256    bytea,
    known_sha512    bytea,
    item_id         uuid,                               -- reserved when the last byte was committed
    expire_seconds  integer NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    completed_at    timestamptz,
    finished_at     timestamptz,
    removed_at      timestamptz,                        -- answers 410 from now on
    swept_at        timestamptz,                        -- its chunk files are gone
    reason          text,                               -- why it failed
    CONSTRAINT upload_state_is_known
        CHECK (state IN ('open', 'complete', 'finalized', 'failed', 'expired', 'terminated')),
    CONSTRAINT upload_dialect_is_known CHECK (dialect IN ('tus', 'draft')),
    CONSTRAINT upload_kind_is_known CHECK (kind IN ('File', 'Image')),
    CONSTRAINT upload_offset_is_within_its_length CHECK ("offset" >= 0 AND "offset" <= length),
    CONSTRAINT upload_concat_is_partial_or_final CHECK (concat = 'partial' OR concat LIKE 'final;_%'),
    CONSTRAINT upload_is_complete_at_its_length
        CHECK (state NOT IN ('complete', 'finalized')
            OR (length IS NOT NULL AND "offset" = length
                AND (item_id IS NOT NULL) <> (concat IS NOT DISTINCT FROM 'partial'))
            OR (state = 'complete' AND length IS NULL AND "offset" = 0 AND item_id IS NOT NULL
                AND concat IS NOT NULL AND concat <> 'partial')),
    CONSTRAINT upload_has_a_lease_while_it_is_open_only
        CHECK ((lease_node IS NULL) = (lease_until IS NULL) AND (lease_node IS NULL OR state = 'open')),
    CONSTRAINT upload_chunks_have_a_fence_and_a_start
        CHECK (cardinality(chunk_fences) = cardinality(chunk_starts)),
    CONSTRAINT upload_expires_in_a_positive_time CHECK (expire_seconds > 0),
    CONSTRAINT upload_digests_have_their_length
        CHECK (octet_length(expected_sha256) = 32 AND octet_length(known_sha256) = 32
            AND octet_length(expected_sha512) = 64 AND octet_length(known_sha512) = 64),
    CONSTRAINT upload_wants_digests_that_are_known CHECK (wanted_digests <@ '{sha256,sha512}')
) WITH (fillfactor = 70);
CREATE INDEX upload_folder ON upload (folder_id) WHERE removed_at IS NULL;
CREATE INDEX upload_unfinished ON upload (owner)
    WHERE removed_at IS NULL AND (state = 'open' OR (state = 'complete' AND concat = 'partial'));
CREATE INDEX upload_expiry ON upload (expires_at) WHERE removed_at IS NULL;
CREATE INDEX upload_unswept ON upload (id)
    WHERE swept_at IS NULL AND (state <> 'complete' OR concat = 'partial')
        AND (removed_at IS NOT NULL OR state = 'finalized');
CREATE INDEX upload_removed ON upload (removed_at) WHERE swept_at IS NOT NULL;

-- What a final upload is made of; the same part may stand in several places and in several finals.
--
-- A partial upload becomes `complete` with its last byte, and stays so: it is no item and has no job. A final one is
-- `complete` from its creation on, and waits while its length is null: until no part is open any more, or one is gone.
-- Rows are locked in this order: parts by id, finals by id, jobs, items. A final that is created locks its parts; a
-- part that ends changes its own row first and looks for its finals in a later statement, so that whichever of the two
-- comes second sees the other.
CREATE TABLE upload_part (
    upload_id  uuid NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
    position   integer NOT NULL,
    part_id    uuid NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
    PRIMARY KEY (upload_id, position),
    CONSTRAINT upload_part_counts_from_one CHECK (position > 0),
    CONSTRAINT upload_part_is_another_upload CHECK (part_id <> upload_id)
);
CREATE INDEX upload_part_used ON upload_part (part_id);
