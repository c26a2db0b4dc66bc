-- The random id of the write that the image comes from. A program that does not know the column leaves it, and
-- inserts images with 0.
ALTER TABLE images ADD COLUMN write_id BIGINT NOT NULL DEFAULT 0;
UPDATE images SET write_id = (random() * 1e18)::bigint;
