-- Accounts and the tree of content.
--
-- An item is `reserved` from the moment that the last byte of its upload is committed, and `published` once the
-- finalizer has put its bytes in place. Its name (the last part of its URL) is taken from then on.

CREATE TABLE account (
    name        text PRIMARY KEY,
    password    text,                                   -- scrypt, encoded; null: cannot log in
    role        text,                                   -- held on the root and so everywhere; null: none
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_name_is_plain CHECK (name ~ '^[^[:cntrl:]:/]{1,255}$'),
    CONSTRAINT account_role_is_known CHECK (role IN ('Manager', 'Editor', 'Contributor', 'Reader', 'Monitor'))
);

-- The finished files on the volume: blobs/<2 hex>/<id>. A row says that the file is whole and durable.
CREATE TABLE blob (
    id          uuid PRIMARY KEY,
    length      bigint NOT NULL,
    sha256      bytea,                                  -- of the bytes; null: nobody asked for it
    created_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz,                            -- no item has it any more; the sweeper removes file, then row
    CONSTRAINT blob_length_is_not_negative CHECK (length >= 0),
    CONSTRAINT blob_sha256_has_its_length CHECK (octet_length(sha256) = 32)
);
CREATE INDEX blob_deleted ON blob (id) WHERE deleted_at IS NOT NULL;

CREATE TABLE item (
    id            uuid PRIMARY KEY,
    parent_id     uuid REFERENCES item (id),
    name          text NOT NULL,
    kind          text NOT NULL,
    state         text NOT NULL,
    title         text NOT NULL DEFAULT '',
    description   text NOT NULL DEFAULT '',
    owner         text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    modified_at   timestamptz NOT NULL DEFAULT now(),
    filename      text,
    content_type  text,
    size          bigint,
    width         integer,
    height        integer,
    blob_id       uuid REFERENCES blob (id),
    upload_id     uuid,                                 -- the upload that it came from, or is to come from
    CONSTRAINT item_name_is_unique_in_its_folder UNIQUE (parent_id, name),
    CONSTRAINT item_kind_is_known CHECK (kind IN ('Plone Site', 'Folder', 'File', 'Image')),
    CONSTRAINT item_state_is_known CHECK (state IN ('reserved', 'published')),
    CONSTRAINT item_root_alone_has_no_parent CHECK ((parent_id IS NULL) = (kind = 'Plone Site')),
    CONSTRAINT item_name_is_a_path_segment
        CHECK (parent_id IS NULL OR (name <> '' AND name NOT IN ('.', '..') AND name !~ '[/[:cntrl:]]'
            AND name !~ '^(@|\+\+)' AND octet_length(name) <= 255)),
    CONSTRAINT item_published_file_has_its_blob
        CHECK (kind NOT IN ('File', 'Image') OR state = 'reserved'
            OR (blob_id IS NOT NULL AND filename IS NOT NULL AND content_type IS NOT NULL AND size IS NOT NULL)),
    CONSTRAINT item_size_is_the_pixels_or_unknown CHECK ((width IS NULL) = (height IS NULL))
);
CREATE UNIQUE INDEX item_root_is_one ON item ((true)) WHERE parent_id IS NULL;
CREATE INDEX item_upload ON item (upload_id) WHERE upload_id IS NOT NULL;
CREATE INDEX item_blob ON item (blob_id) WHERE blob_id IS NOT NULL;
CREATE INDEX item_folders ON item (parent_id) WHERE kind = 'Folder';
CREATE INDEX item_listing ON item (parent_id, created_at, id) WHERE state = 'published';

INSERT INTO item (id, parent_id, name, kind, state, title, owner)
VALUES ('00000000-0000-0000-0000-000000000000', NULL, '', 'Plone Site', 'published', 'Site', 'admin');

-- Facts of this installation: the identity of its volume.
CREATE TABLE setting (
    name   text PRIMARY KEY,
    value  text NOT NULL
);
