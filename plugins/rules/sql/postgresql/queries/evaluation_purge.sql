-- Deletes the records from before a time, among the `most` oldest: so that a call looks at no more than those.
-- @param before time
-- @param most int
DELETE FROM rules__evaluation
 WHERE id IN (
       SELECT o.id
         FROM (SELECT id, at FROM rules__evaluation
                ORDER BY id LIMIT :most) o
        WHERE o.at < :before)
