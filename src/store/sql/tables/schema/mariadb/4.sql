-- Where the data of an image is, and the size of the disk in it. Until now only raw images had one,
-- and it was their size.
ALTER TABLE images ADD COLUMN IF NOT EXISTS virtual_size BIGINT;
ALTER TABLE images ADD COLUMN IF NOT EXISTS upload_id VARCHAR(36);
-- The last import, as JSON.
ALTER TABLE images ADD COLUMN IF NOT EXISTS import_task TEXT;
UPDATE images SET virtual_size = size WHERE disk_format = 'raw';
