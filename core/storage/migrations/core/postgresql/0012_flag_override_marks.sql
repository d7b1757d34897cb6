-- Whose overrides have changed: each change gives the tenant another mark, so that a server reads again only what it
-- doesn't have. Marks are drawn, not counted: a database that was restored gives none a second time. Triggers set them,
-- so that nothing that writes overrides can forget it.
CREATE TABLE flag_override_marks (
    tenant_id uuid PRIMARY KEY,
    mark bigint NOT NULL
);

-- In one order, so that two statements about the same tenants don't wait for each other.
CREATE FUNCTION mark_flag_overrides() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO flag_override_marks
    SELECT tenant_id, (random() * 9007199254740991)::bigint
    FROM (SELECT DISTINCT tenant_id FROM changed ORDER BY tenant_id) tenants
    ON CONFLICT (tenant_id) DO UPDATE SET mark = excluded.mark;
    RETURN NULL;
END $$;

CREATE TRIGGER flag_overrides_made AFTER INSERT ON flag_overrides
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_flag_overrides();
CREATE TRIGGER flag_overrides_changed AFTER UPDATE ON flag_overrides
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_flag_overrides();
CREATE TRIGGER flag_overrides_gone AFTER DELETE ON flag_overrides
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_flag_overrides();
CREATE TRIGGER environment_flag_overrides_made AFTER INSERT ON environment_flag_overrides
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_flag_overrides();
CREATE TRIGGER environment_flag_overrides_changed AFTER UPDATE ON environment_flag_overrides
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_flag_overrides();
CREATE TRIGGER environment_flag_overrides_gone AFTER DELETE ON environment_flag_overrides
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_flag_overrides();
