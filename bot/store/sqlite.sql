-- What the store says to SQLite itself; all else is in the dialect that both engines speak.

-- name: write_ahead
-- Readers do not wait for the writer.
pragma journal_mode = wal;

-- name: durable
-- A click that was acknowledged survives a power cut.
pragma synchronous = full;

-- name: references
pragma foreign_keys = on;

-- name: begin
-- The write lock is taken at once: a transaction that began by reading could not get it later.
begin immediate;

-- name: commit
commit;

-- name: rollback
rollback;
