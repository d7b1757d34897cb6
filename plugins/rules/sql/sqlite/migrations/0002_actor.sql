-- Who really asked for an evaluation, where it was in another's name; null where it was not.
ALTER TABLE rules__evaluation ADD COLUMN actor BLOB;
