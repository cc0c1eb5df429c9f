-- name: beat
insert into process (holder, beat_at) values (%(holder)s, %(at)s)
on conflict (holder) do update set beat_at = excluded.beat_at;

-- name: alone
update process set alone = 1 where holder = %(holder)s;

-- name: alone_leases
-- Whoever had the store before is dead, and so is its right to anything.
update lease set expires_at = '' where holder <> %(holder)s;

-- name: alone_watches
update process set watches_until = '' where holder <> %(holder)s;

-- name: farewell
-- Nobody needs to wait until it has been silent for long.
update process set beat_at = '' where holder = %(holder)s;

-- name: others
-- Who had the store to itself before is dead now; who only uses it beside, as a terminal does, is dead when it has fallen silent.
select holder from process where holder <> %(holder)s and (alone = 1 or beat_at < %(before)s);

-- name: silent
select holder from process where beat_at < %(before)s;

-- name: prune
-- A process that is long gone and left nothing behind.
delete from process
where beat_at < %(before)s
  and not exists (select 1 from inbox where inbox.holder = process.holder and inbox.answered_at is null)
  and not exists (select 1 from approval where approval.holder = process.holder and approval.state = 'running')
returning holder;
