-- Beside a Glance, this database has the name of Glance's and `_tags`. Its tables are the program's own, and its views
-- show Glance's tables as the program has them: texts compared byte by byte, times in microseconds since 1970, without
-- what was deleted. MariaDB commits at each of these statements, so each of them can be repeated.
SET @glance = CONCAT('`', LEFT(DATABASE(), CHAR_LENGTH(DATABASE()) - CHAR_LENGTH('_tags')), '`');
SET @exact = 'COLLATE utf8mb4_nopad_bin';
SET @view = 'CREATE OR REPLACE SQL SECURITY INVOKER VIEW ';

-- One row for each image whose tags were changed. A change locks it first, and never a row of Glance's images: a save of
-- Glance would then fail. The time is that of the last change of tags.
CREATE TABLE IF NOT EXISTS image_locks (
    image_id VARCHAR(36) NOT NULL PRIMARY KEY,
    updated_at BIGINT NOT NULL,
    writes BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- For which schemas of Glance's database a check has shown that changes of tags stay.
CREATE TABLE IF NOT EXISTS glance_checks (
    digest VARCHAR(64) NOT NULL PRIMARY KEY,
    passed_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS tag_events (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    time BIGINT NOT NULL,
    image_id VARCHAR(36) NOT NULL,
    tag VARCHAR(255) NOT NULL,
    action VARCHAR(16) NOT NULL,
    owner VARCHAR(255),
    visibility VARCHAR(16) NOT NULL,
    user_id VARCHAR(255) NOT NULL,
    project_id VARCHAR(255),
    request_id VARCHAR(255) NOT NULL,
    reason VARCHAR(255),
    INDEX tag_events_by_image_tag (image_id, tag, time, action),
    INDEX tag_events_by_image (image_id, id),
    INDEX tag_events_by_owner (owner, tag, id),
    INDEX tag_events_by_visibility (visibility, tag, id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Stays empty: Glance marks the members of a deleted image as deleted with it, and no longer tells which of them it had
-- removed and added again before.
CREATE TABLE IF NOT EXISTS image_former_members (
    image_id VARCHAR(36) NOT NULL,
    project VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (image_id, project),
    INDEX image_former_members_by_project (project, image_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS tag_locks (
    scope VARCHAR(300) NOT NULL,
    tag VARCHAR(255) NOT NULL,
    writes BIGINT NOT NULL,
    PRIMARY KEY (scope, tag)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What only Glance knows, such as a disk format of its own configuration, is NULL. Its notes to itself are left out, and so
-- are images that it is deleting and the second row of a tag. The revision of an image is computed
-- when it is read. The size of an image is the most that its texts may take.
EXECUTE IMMEDIATE CONCAT(@view, 'images AS SELECT i.id AS id,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', i.created_at) AS created_at,
    GREATEST(TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', COALESCE(i.updated_at, i.created_at)), COALESCE(l.updated_at, 0)) AS updated_at,
    0 AS revision, 0 AS write_id,
    CAST(4096 + COALESCE((SELECT SUM(OCTET_LENGTH(p.name) + OCTET_LENGTH(COALESCE(p.value, '''')) + 100) FROM ',
    @glance, '.image_properties p WHERE p.image_id = i.id AND p.deleted = 0 AND LEFT(p.name, 9) <> ''os_glance''), 0)
    + COALESCE((SELECT SUM(OCTET_LENGTH(t.value) + 100) FROM ',
    @glance, '.image_tags t WHERE t.image_id = i.id AND t.deleted = 0), 0)
    + COALESCE((SELECT SUM(OCTET_LENGTH(m.member) + 100) FROM ',
    @glance, '.image_members m WHERE m.image_id = i.id AND m.deleted = 0), 0) AS SIGNED) AS bytes,
    CONVERT(i.name USING utf8mb4) ', @exact, ' AS name,
    CONVERT(NULLIF(i.owner, '''') USING utf8mb4) ', @exact, ' AS owner,
    CONVERT(i.visibility USING utf8mb4) ', @exact, ' AS visibility,
    CONVERT(i.status USING utf8mb4) ', @exact, ' AS status,
    CONVERT(CASE WHEN i.disk_format IN (''ami'', ''ari'', ''aki'', ''vhd'', ''vhdx'', ''vmdk'', ''raw'', ''qcow2'', ''vdi'', ''iso'', ''ploop'')
        THEN i.disk_format END USING utf8mb4) ', @exact, ' AS disk_format,
    CONVERT(CASE WHEN i.container_format IN (''ami'', ''ari'', ''aki'', ''bare'', ''ovf'', ''ova'', ''docker'', ''compressed'')
        THEN i.container_format END USING utf8mb4) ', @exact, ' AS container_format,
    CAST(i.min_disk AS SIGNED) AS min_disk, CAST(i.min_ram AS SIGNED) AS min_ram,
    CAST(i.protected AS SIGNED) AS protected, CAST(i.os_hidden AS SIGNED) AS hidden,
    i.size AS size, i.virtual_size AS virtual_size,
    CONVERT(CASE WHEN i.size IS NOT NULL THEN i.checksum END USING utf8mb4) ', @exact, ' AS checksum,
    CONVERT(CASE WHEN i.os_hash_algo = ''sha512'' THEN i.os_hash_value END USING utf8mb4) ', @exact, ' AS sha512,
    CAST(NULL AS CHAR) AS upload_id, CAST(NULL AS CHAR) AS import_task
    FROM ', @glance, '.images i LEFT JOIN image_locks l ON l.image_id = CONVERT(i.id USING utf8mb4) ', @exact, '
    WHERE i.deleted = 0 AND i.status <> ''deleted''');

EXECUTE IMMEDIATE CONCAT(@view, 'image_tags AS SELECT t.image_id AS image_id,
    CONVERT(t.value USING utf8mb4) ', @exact, ' AS tag,
    CONVERT(NULLIF(i.owner, '''') USING utf8mb4) ', @exact, ' AS owner,
    CONVERT(i.visibility USING utf8mb4) ', @exact, ' AS visibility,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', i.created_at) AS image_created_at
    FROM ', @glance, '.image_tags t JOIN ', @glance, '.images i ON i.id = t.image_id
    WHERE t.deleted = 0 AND i.deleted = 0 AND i.status <> ''deleted''
    AND NOT EXISTS (SELECT 1 FROM ', @glance, '.image_tags d WHERE d.image_id = t.image_id AND d.value = t.value
        AND BINARY d.value = BINARY t.value AND d.deleted = 0 AND d.id < t.id)');

EXECUTE IMMEDIATE CONCAT(@view, 'image_members AS SELECT m.image_id AS image_id,
    CONVERT(m.member USING utf8mb4) ', @exact, ' AS project,
    CONVERT(m.status USING utf8mb4) ', @exact, ' AS status,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', m.created_at) AS created_at,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', COALESCE(m.updated_at, m.created_at)) AS updated_at,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', i.created_at) AS image_created_at
    FROM ', @glance, '.image_members m JOIN ', @glance, '.images i ON i.id = m.image_id WHERE m.deleted = 0 AND i.deleted = 0 AND i.status <> ''deleted''');

EXECUTE IMMEDIATE CONCAT(@view, 'image_properties AS SELECT p.image_id AS image_id,
    CONVERT(p.name USING utf8mb4) ', @exact, ' AS name,
    CONVERT(COALESCE(p.value, '''') USING utf8mb4) ', @exact, ' AS value
    FROM ', @glance, '.image_properties p WHERE p.deleted = 0 AND LEFT(p.name, 9) <> ''os_glance''');

-- The rows of tags as Glance keeps them, to be written.
EXECUTE IMMEDIATE CONCAT(@view, 'glance_tags AS SELECT * FROM ', @glance, '.image_tags');
