IF @image_tags_writer IS NULL AND OLD.deleted = 0 AND NEW.deleted = 1
    AND NOT (BINARY @image_tags_deleting <=> BINARY OLD.image_id)
THEN
    INSERT INTO image_tags_neutralised (created_at, image_id, value, action)
    VALUES (UTC_TIMESTAMP(), OLD.image_id, OLD.value, 'removal');
    SET NEW.deleted = 0, NEW.deleted_at = OLD.deleted_at, NEW.updated_at = OLD.updated_at;
END IF
