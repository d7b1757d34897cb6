-- Whose overrides have changed: each change gives the tenant another mark, so that a server reads again only what it
-- doesn't have. Marks are drawn, not counted: a database that was restored gives none a second time. Triggers set them,
-- so that nothing that writes overrides can forget it; an upsert there would be one by the policy of the statement that
-- fires them, which may be to fail.
CREATE TABLE flag_override_marks (
    tenant_id BLOB PRIMARY KEY CHECK (length(tenant_id) = 16),
    mark INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER flag_overrides_made AFTER INSERT ON flag_overrides BEGIN
    DELETE FROM flag_override_marks WHERE tenant_id = NEW.tenant_id;
    INSERT INTO flag_override_marks VALUES (NEW.tenant_id, random());
END;
CREATE TRIGGER flag_overrides_changed AFTER UPDATE ON flag_overrides BEGIN
    DELETE FROM flag_override_marks WHERE tenant_id = NEW.tenant_id;
    INSERT INTO flag_override_marks VALUES (NEW.tenant_id, random());
END;
CREATE TRIGGER flag_overrides_gone AFTER DELETE ON flag_overrides BEGIN
    DELETE FROM flag_override_marks WHERE tenant_id = OLD.tenant_id;
    INSERT INTO flag_override_marks VALUES (OLD.tenant_id, random());
END;
CREATE TRIGGER environment_flag_overrides_made AFTER INSERT ON environment_flag_overrides BEGIN
    DELETE FROM flag_override_marks WHERE tenant_id = NEW.tenant_id;
    INSERT INTO flag_override_marks VALUES (NEW.tenant_id, random());
END;
CREATE TRIGGER environment_flag_overrides_changed AFTER UPDATE ON environment_flag_overrides BEGIN
    DELETE FROM flag_override_marks WHERE tenant_id = NEW.tenant_id;
    INSERT INTO flag_override_marks VALUES (NEW.tenant_id, random());
END;
CREATE TRIGGER environment_flag_overrides_gone AFTER DELETE ON environment_flag_overrides BEGIN
    DELETE FROM flag_override_marks WHERE tenant_id = OLD.tenant_id;
    INSERT INTO flag_override_marks VALUES (OLD.tenant_id, random());
END;
