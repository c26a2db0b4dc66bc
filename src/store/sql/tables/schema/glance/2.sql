-- What Glance takes and the program refuses, a text with a NUL, is left out or NULL. The data of an image is known with all
-- of its digests or not at all, so that no list is sorted by what an image does not show. The size of an image is at least
-- that of its JSON.
--
-- Glance keeps the row of a member that it removes. A member that is added again gets it back, with the time when the row was
-- made and still with that of the removal: the project is a member since a later change, and sees nothing of what was done
-- before.
SET @glance = CONCAT('`', LEFT(DATABASE(), CHAR_LENGTH(DATABASE()) - CHAR_LENGTH('_tags')), '`');
SET @exact = 'COLLATE utf8mb4_nopad_bin';
SET @view = 'CREATE OR REPLACE SQL SECURITY INVOKER VIEW ';
SET @data = 'CASE WHEN i.size IS NOT NULL AND i.checksum IS NOT NULL AND i.os_hash_algo = ''sha512'' AND i.os_hash_value IS NOT NULL THEN ';

EXECUTE IMMEDIATE CONCAT(@view, 'images AS SELECT i.id AS id,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', i.created_at) AS created_at,
    GREATEST(TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', COALESCE(i.updated_at, i.created_at)), COALESCE(l.updated_at, 0)) AS updated_at,
    0 AS revision, 0 AS write_id,
    CAST(4096 + COALESCE((SELECT SUM(OCTET_LENGTH(JSON_QUOTE(p.name)) + OCTET_LENGTH(JSON_QUOTE(COALESCE(p.value, ''''))) + 100) FROM ',
    @glance, '.image_properties p WHERE p.image_id = i.id AND p.deleted = 0 AND LEFT(p.name, 9) <> ''os_glance''), 0)
    + COALESCE((SELECT SUM(OCTET_LENGTH(JSON_QUOTE(t.value)) + 100) FROM ',
    @glance, '.image_tags t WHERE t.image_id = i.id AND t.deleted = 0), 0)
    + COALESCE((SELECT SUM(OCTET_LENGTH(JSON_QUOTE(m.member)) + 300) FROM ',
    @glance, '.image_members m WHERE m.image_id = i.id AND m.deleted = 0), 0) AS SIGNED) AS bytes,
    CONVERT(CASE WHEN LOCATE(CHAR(0), i.name) = 0 THEN i.name END USING utf8mb4) ', @exact, ' AS name,
    CONVERT(CASE WHEN LOCATE(CHAR(0), i.owner) = 0 THEN NULLIF(i.owner, '''') END USING utf8mb4) ', @exact, ' AS owner,
    CONVERT(i.visibility USING utf8mb4) ', @exact, ' AS visibility,
    CONVERT(i.status USING utf8mb4) ', @exact, ' AS status,
    CONVERT(CASE WHEN i.disk_format IN (''ami'', ''ari'', ''aki'', ''vhd'', ''vhdx'', ''vmdk'', ''raw'', ''qcow2'', ''vdi'', ''iso'', ''ploop'')
        THEN i.disk_format END USING utf8mb4) ', @exact, ' AS disk_format,
    CONVERT(CASE WHEN i.container_format IN (''ami'', ''ari'', ''aki'', ''bare'', ''ovf'', ''ova'', ''docker'', ''compressed'')
        THEN i.container_format END USING utf8mb4) ', @exact, ' AS container_format,
    CAST(i.min_disk AS SIGNED) AS min_disk, CAST(i.min_ram AS SIGNED) AS min_ram,
    CAST(i.protected AS SIGNED) AS protected, CAST(i.os_hidden AS SIGNED) AS hidden,
    ', @data, 'i.size END AS size, ', @data, 'i.virtual_size END AS virtual_size,
    CONVERT(', @data, 'i.checksum END USING utf8mb4) ', @exact, ' AS checksum,
    CONVERT(', @data, 'i.os_hash_value END USING utf8mb4) ', @exact, ' AS sha512,
    CAST(NULL AS CHAR) AS upload_id, CAST(NULL AS CHAR) AS import_task
    FROM ', @glance, '.images i LEFT JOIN image_locks l ON l.image_id = CONVERT(i.id USING utf8mb4) ', @exact, '
    WHERE i.deleted = 0 AND i.status <> ''deleted''');

EXECUTE IMMEDIATE CONCAT(@view, 'image_tags AS SELECT t.image_id AS image_id,
    CONVERT(t.value USING utf8mb4) ', @exact, ' AS tag,
    CONVERT(CASE WHEN LOCATE(CHAR(0), i.owner) = 0 THEN NULLIF(i.owner, '''') END USING utf8mb4) ', @exact, ' AS owner,
    CONVERT(i.visibility USING utf8mb4) ', @exact, ' AS visibility,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', i.created_at) AS image_created_at
    FROM ', @glance, '.image_tags t JOIN ', @glance, '.images i ON i.id = t.image_id
    WHERE t.deleted = 0 AND LOCATE(CHAR(0), t.value) = 0 AND i.deleted = 0 AND i.status <> ''deleted''
    AND NOT EXISTS (SELECT 1 FROM ', @glance, '.image_tags d WHERE d.image_id = t.image_id AND d.value = t.value
        AND BINARY d.value = BINARY t.value AND d.deleted = 0 AND d.id < t.id)');

EXECUTE IMMEDIATE CONCAT(@view, 'image_members AS SELECT m.image_id AS image_id,
    CONVERT(m.member USING utf8mb4) ', @exact, ' AS project,
    CONVERT(m.status USING utf8mb4) ', @exact, ' AS status,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'',
        CASE WHEN m.deleted_at IS NULL THEN m.created_at ELSE COALESCE(m.updated_at, m.deleted_at) END) AS created_at,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', COALESCE(m.updated_at, m.created_at)) AS updated_at,
    TIMESTAMPDIFF(MICROSECOND, ''1970-01-01'', i.created_at) AS image_created_at
    FROM ', @glance, '.image_members m JOIN ', @glance, '.images i ON i.id = m.image_id
    WHERE m.deleted = 0 AND LOCATE(CHAR(0), m.member) = 0 AND i.deleted = 0 AND i.status <> ''deleted''');
