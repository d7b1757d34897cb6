-- The installed licence, as the bundle that was verified.
CREATE TABLE licence (
    id bigint PRIMARY KEY CHECK (id = 1),
    bundle text NOT NULL,
    installed_at bigint NOT NULL
);

INSERT INTO snapshot_versions (name, version) VALUES ('licence', 1);
