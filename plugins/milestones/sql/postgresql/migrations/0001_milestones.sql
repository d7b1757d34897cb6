-- Dates are ISO 8601 text. Text that is sorted or compared is collated "C": as bytes, like SQLite does it, so
-- that a page's cursor means the same on both engines and under every locale.
CREATE TABLE milestones__milestone (
    tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid),
    id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    description text,
    owner text COLLATE "C",
    due text COLLATE "C",
    status text COLLATE "C" NOT NULL
        CHECK (status IN ('planned', 'in_progress', 'at_risk', 'completed', 'cancelled')),
    progress bigint NOT NULL CHECK (progress BETWEEN 0 AND 100),
    parent_id uuid,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    completed_at bigint,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES milestones__milestone (tenant_id, id)
);

CREATE INDEX milestones__milestone_parent ON milestones__milestone (tenant_id, parent_id)
    WHERE parent_id IS NOT NULL;

CREATE TABLE milestones__dependency (
    tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid),
    milestone_id uuid NOT NULL,
    depends_on_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, milestone_id, depends_on_id),
    FOREIGN KEY (tenant_id, milestone_id) REFERENCES milestones__milestone (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, depends_on_id) REFERENCES milestones__milestone (tenant_id, id)
);

CREATE INDEX milestones__dependency_on ON milestones__dependency (tenant_id, depends_on_id);

-- One row a tenant, updated first by every change that must see all others (see queries/lock.sql).
CREATE TABLE milestones__lock (
    tenant_id uuid NOT NULL DEFAULT (current_setting('mortise.tenant')::uuid) PRIMARY KEY,
    revision bigint NOT NULL
);
