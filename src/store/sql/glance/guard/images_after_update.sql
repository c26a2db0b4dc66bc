SET @image_tags_deleting = IF(OLD.deleted = 0 AND NEW.deleted = 1, NEW.id, NULL)
