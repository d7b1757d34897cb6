-- The installed licence, as the bundle that was verified.
CREATE TABLE licence (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    bundle TEXT NOT NULL,
    installed_at INTEGER NOT NULL
) STRICT;

INSERT INTO snapshot_versions (name, version) VALUES ('licence', 1);
