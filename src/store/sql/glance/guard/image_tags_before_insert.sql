IF @image_tags_writer IS NULL AND NEW.deleted = 0 THEN
    IF EXISTS (SELECT 1 FROM image_tags_guarded g WHERE g.image_id = CONVERT(NEW.image_id USING ascii)) THEN
        IF EXISTS (
            SELECT 1 FROM image_tags t
            WHERE t.image_id = NEW.image_id AND t.value = NEW.value AND BINARY t.value = BINARY NEW.value)
        THEN
            INSERT INTO image_tags_neutralised (created_at, image_id, value, action)
            VALUES (UTC_TIMESTAMP(), NEW.image_id, NEW.value, 'addition');
            SET NEW.deleted = 1, NEW.deleted_at = UTC_TIMESTAMP();
        END IF;
    END IF;
END IF
