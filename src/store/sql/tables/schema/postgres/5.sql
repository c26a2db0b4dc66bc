-- The random id of the write that the image comes from. A program that does not know the column leaves it, and
-- inserts images with 0. The images that are there get the time of the migration, which writes none of their rows.
ALTER TABLE images ADD COLUMN write_id BIGINT NOT NULL DEFAULT (extract(epoch FROM now()) * 1000000)::bigint;
ALTER TABLE images ALTER COLUMN write_id SET DEFAULT 0;
