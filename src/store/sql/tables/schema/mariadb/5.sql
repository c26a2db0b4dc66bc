-- The random id of the write that the image comes from. A program that does not know the column leaves it, and
-- inserts images with 0. The images that are there get one unique number, which writes none of their rows.
EXECUTE IMMEDIATE CONCAT(
    'ALTER TABLE images ADD COLUMN IF NOT EXISTS write_id BIGINT NOT NULL DEFAULT ', UUID_SHORT() >> 1);
ALTER TABLE images ALTER COLUMN write_id SET DEFAULT 0;
