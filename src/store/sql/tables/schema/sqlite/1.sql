-- Texts are compared byte by byte (BINARY, the default). Times are microseconds since 1970.
CREATE TABLE images (
    id TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    name TEXT,
    owner TEXT,
    visibility TEXT NOT NULL,
    status TEXT NOT NULL,
    disk_format TEXT,
    container_format TEXT,
    min_disk INTEGER NOT NULL,
    min_ram INTEGER NOT NULL,
    protected INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    size INTEGER,
    checksum TEXT,
    sha512 TEXT,
    property_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX images_by_owner ON images (owner, created_at, id);
CREATE INDEX images_by_visibility ON images (visibility, created_at, id);

-- Owner, visibility and time of creation repeat those of the image, so that one index finds the
-- images with a tag that a project sees, newest first.
CREATE TABLE image_tags (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    owner TEXT,
    visibility TEXT NOT NULL,
    image_created_at INTEGER NOT NULL,
    PRIMARY KEY (image_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_tags_by_owner ON image_tags (tag, owner, image_created_at, image_id);
CREATE INDEX image_tags_by_visibility ON image_tags (tag, visibility, image_created_at, image_id);

CREATE TABLE image_members (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    project TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    image_created_at INTEGER NOT NULL,
    PRIMARY KEY (image_id, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_members_by_project ON image_members (project, image_created_at, image_id);

CREATE TABLE image_properties (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (image_id, name)
) STRICT, WITHOUT ROWID;
