-- The size of the whole image replaces the size of its properties. The program computes it for
-- existing images.
ALTER TABLE images RENAME COLUMN property_bytes TO bytes;
