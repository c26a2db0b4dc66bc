-- The size of the whole image, where that of its properties was. The program works it out for the images that are there.
ALTER TABLE images RENAME COLUMN property_bytes TO bytes;
