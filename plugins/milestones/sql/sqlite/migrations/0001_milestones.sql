-- Without rowid: the primary key is the table, and an insert touches one tree less. Dates are ISO 8601 text.
CREATE TABLE milestones__milestone (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    owner TEXT,
    due TEXT,
    status TEXT NOT NULL
        CHECK (status IN ('planned', 'in_progress', 'at_risk', 'completed', 'cancelled')),
    progress INTEGER NOT NULL CHECK (progress BETWEEN 0 AND 100),
    parent_id BLOB,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    completed_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES milestones__milestone (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX milestones__milestone_parent ON milestones__milestone (tenant_id, parent_id)
    WHERE parent_id IS NOT NULL;

CREATE TABLE milestones__dependency (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()),
    milestone_id BLOB NOT NULL,
    depends_on_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, milestone_id, depends_on_id),
    FOREIGN KEY (tenant_id, milestone_id) REFERENCES milestones__milestone (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, depends_on_id) REFERENCES milestones__milestone (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX milestones__dependency_on ON milestones__dependency (tenant_id, depends_on_id);

-- One row a tenant, updated first by every change that must see all others (see queries/lock.sql).
CREATE TABLE milestones__lock (
    tenant_id BLOB NOT NULL DEFAULT (mortise_tenant()) PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
