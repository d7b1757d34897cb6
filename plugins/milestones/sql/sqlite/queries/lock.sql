-- Taken first by every change that must see all others of its tenant. SQLite has one writer at a time already,
-- so that nothing is left to do here; see the variant for PostgreSQL.
-- @column revision int
SELECT 1
