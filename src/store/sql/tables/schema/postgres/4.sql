-- Where the data of an image is, and the size of the disk in it. Until now only raw images had one,
-- and it was their size.
ALTER TABLE images ADD COLUMN virtual_size BIGINT;
ALTER TABLE images ADD COLUMN upload_id TEXT COLLATE "C";
-- The last import, as JSON.
ALTER TABLE images ADD COLUMN import_task TEXT COLLATE "C";
UPDATE images SET virtual_size = size WHERE disk_format = 'raw';
