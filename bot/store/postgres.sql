-- name: now
select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as now;

-- name: begin
-- Changes wait for each other, in whichever process they are; the lock and the limits end with the transaction, so a pooler may
-- stand in between. A process that falls asleep in the middle loses its transaction before the others lose their patience.
set transaction isolation level read committed, read write;
set local lock_timeout = '5s';
set local idle_in_transaction_session_timeout = '4s';
select pg_advisory_xact_lock(24700215804);
select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as now;
