-- The indexes of tags start with the owner and the visibility, so that they also list the tags of a
-- project and of the public images in order.
DROP INDEX image_tags_by_owner;
DROP INDEX image_tags_by_visibility;
CREATE INDEX image_tags_by_owner ON image_tags (owner, tag, image_created_at, image_id);
CREATE INDEX image_tags_by_visibility ON image_tags (visibility, tag, image_created_at, image_id);

-- The history of tags. Owner and visibility are those of the image at the time of the event. The ids
-- rise in the order in which the events of one tag and scope happened.
CREATE TABLE tag_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    image_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    action TEXT NOT NULL,
    owner TEXT,
    visibility TEXT NOT NULL,
    user_id TEXT NOT NULL,
    project_id TEXT,
    request_id TEXT NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX tag_events_by_image_tag ON tag_events (image_id, tag, time, action);
CREATE INDEX tag_events_by_image ON tag_events (image_id, id);
CREATE INDEX tag_events_by_owner ON tag_events (owner, tag, id);
CREATE INDEX tag_events_by_visibility ON tag_events (visibility, tag, id);

-- The members that a deleted image had, and since when: they still see its history from then on
-- until its deletion. Another image may have its id meanwhile.
CREATE TABLE image_former_members (
    image_id TEXT NOT NULL,
    project TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL,
    PRIMARY KEY (image_id, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_former_members_by_project ON image_former_members (project, image_id);
