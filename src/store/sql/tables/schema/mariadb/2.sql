-- The size of the whole image replaces the size of its properties. The program computes it for
-- existing images.
ALTER TABLE images CHANGE COLUMN IF EXISTS property_bytes bytes BIGINT NOT NULL;
