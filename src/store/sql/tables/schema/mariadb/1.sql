-- Texts are compared byte by byte and without padding. Times are microseconds since 1970. MariaDB
-- commits at each of these statements, so each of them can be repeated.
CREATE TABLE IF NOT EXISTS images (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    name VARCHAR(255),
    owner VARCHAR(255),
    visibility VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    disk_format VARCHAR(255),
    container_format VARCHAR(255),
    min_disk BIGINT NOT NULL,
    min_ram BIGINT NOT NULL,
    protected SMALLINT NOT NULL,
    hidden SMALLINT NOT NULL,
    size BIGINT,
    checksum VARCHAR(255),
    sha512 VARCHAR(255),
    property_bytes BIGINT NOT NULL,
    INDEX images_by_owner (owner, created_at, id),
    INDEX images_by_visibility (visibility, created_at, id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Owner, visibility and time of creation repeat those of the image, so that one index finds the
-- images with a tag that a project sees, newest first.
CREATE TABLE IF NOT EXISTS image_tags (
    image_id VARCHAR(36) NOT NULL,
    tag VARCHAR(255) NOT NULL,
    owner VARCHAR(255),
    visibility VARCHAR(16) NOT NULL,
    image_created_at BIGINT NOT NULL,
    PRIMARY KEY (image_id, tag),
    FOREIGN KEY (image_id) REFERENCES images (id) ON DELETE CASCADE,
    INDEX image_tags_by_owner (tag, owner, image_created_at, image_id),
    INDEX image_tags_by_visibility (tag, visibility, image_created_at, image_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS image_members (
    image_id VARCHAR(36) NOT NULL,
    project VARCHAR(255) NOT NULL,
    status VARCHAR(16) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    image_created_at BIGINT NOT NULL,
    PRIMARY KEY (image_id, project),
    FOREIGN KEY (image_id) REFERENCES images (id) ON DELETE CASCADE,
    INDEX image_members_by_project (project, image_created_at, image_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS image_properties (
    image_id VARCHAR(36) NOT NULL,
    name VARCHAR(255) NOT NULL,
    value LONGTEXT NOT NULL,
    PRIMARY KEY (image_id, name),
    FOREIGN KEY (image_id) REFERENCES images (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
