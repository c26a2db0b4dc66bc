-- The indexes of tags start with the owner and the visibility, so that they also list the tags of a
-- project and of the public images in order. A process on another node of a cluster may do the same
-- at the same time, so each statement has to work after it too.
ALTER TABLE image_tags DROP INDEX IF EXISTS image_tags_by_owner;
ALTER TABLE image_tags DROP INDEX IF EXISTS image_tags_by_visibility;
ALTER TABLE image_tags ADD INDEX IF NOT EXISTS image_tags_by_owner (owner, tag, image_created_at, image_id);
ALTER TABLE image_tags ADD INDEX IF NOT EXISTS image_tags_by_visibility (visibility, tag, image_created_at, image_id);

-- The history of tags. Owner and visibility are those of the image at the time of the event. The ids
-- rise in the order in which the events of one tag and scope happened.
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

-- The members that a deleted image had, and since when: they still see its history from then on
-- until its deletion. Another image may have its id meanwhile.
CREATE TABLE IF NOT EXISTS image_former_members (
    image_id VARCHAR(36) NOT NULL,
    project VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (image_id, project),
    INDEX image_former_members_by_project (project, image_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- One row for each exclusive tag and scope. A write that sets the tag in the scope locks the row
-- first, so that such writes follow one another.
CREATE TABLE IF NOT EXISTS tag_locks (
    scope VARCHAR(300) NOT NULL,
    tag VARCHAR(255) NOT NULL,
    writes BIGINT NOT NULL,
    PRIMARY KEY (scope, tag)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
