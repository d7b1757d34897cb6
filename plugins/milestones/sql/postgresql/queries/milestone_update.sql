-- Changes one row, or none if another change came first.
-- @param title text
-- @param description text?
-- @param owner text?
-- @param due text?
-- @param status text
-- @param progress int
-- @param parent_id uuid?
-- @param updated_at time
-- @param completed_at time?
-- @param id uuid
-- @param version int
UPDATE milestones__milestone
   SET title = :title, description = :description, owner = :owner, due = :due, status = :status,
       progress = :progress, parent_id = :parent_id, version = version + 1, updated_at = :updated_at,
       completed_at = :completed_at
 WHERE id = :id AND version = :version
