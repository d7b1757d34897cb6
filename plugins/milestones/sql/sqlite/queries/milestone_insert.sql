-- @param id uuid
-- @param key text
-- @param title text
-- @param description text?
-- @param owner text?
-- @param due text?
-- @param status text
-- @param progress int
-- @param parent_id uuid?
-- @param created_at time
-- @param completed_at time?
INSERT INTO milestones__milestone (id, key, title, description, owner, due, status, progress, parent_id, version,
                                   created_at, updated_at, completed_at)
VALUES (:id, :key, :title, :description, :owner, :due, :status, :progress, :parent_id, 1,
        :created_at, :created_at, :completed_at)
