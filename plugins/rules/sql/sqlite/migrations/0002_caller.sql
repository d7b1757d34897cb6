-- The plugin that asked for the evaluation; null where a client did.
ALTER TABLE rules__evaluation ADD COLUMN caller TEXT;
