-- Texts are compared byte by byte (collation "C"). Times are microseconds since 1970.
CREATE TABLE images (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C",
    owner TEXT COLLATE "C",
    visibility TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    disk_format TEXT COLLATE "C",
    container_format TEXT COLLATE "C",
    min_disk BIGINT NOT NULL,
    min_ram BIGINT NOT NULL,
    protected SMALLINT NOT NULL,
    hidden SMALLINT NOT NULL,
    size BIGINT,
    checksum TEXT COLLATE "C",
    sha512 TEXT COLLATE "C",
    property_bytes BIGINT NOT NULL
);
CREATE INDEX images_by_owner ON images (owner, created_at, id);
CREATE INDEX images_by_visibility ON images (visibility, created_at, id);

-- Owner, visibility and time of creation repeat those of the image, so that one index finds the
-- images with a tag that a project sees, newest first.
CREATE TABLE image_tags (
    image_id TEXT COLLATE "C" NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    tag TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C",
    visibility TEXT COLLATE "C" NOT NULL,
    image_created_at BIGINT NOT NULL,
    PRIMARY KEY (image_id, tag)
);
CREATE INDEX image_tags_by_owner ON image_tags (tag, owner, image_created_at, image_id);
CREATE INDEX image_tags_by_visibility ON image_tags (tag, visibility, image_created_at, image_id);

CREATE TABLE image_members (
    image_id TEXT COLLATE "C" NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    project TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    image_created_at BIGINT NOT NULL,
    PRIMARY KEY (image_id, project)
);
CREATE INDEX image_members_by_project ON image_members (project, image_created_at, image_id);

CREATE TABLE image_properties (
    image_id TEXT COLLATE "C" NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (image_id, name)
);
