-- name: beat
insert into process (holder, beat_at) values (%(holder)s, %(at)s)
on conflict (holder) do update set beat_at = excluded.beat_at;

-- name: alone
update process set alone = 1 where holder = %(holder)s;

-- name: farewell
-- Nobody needs to wait until it has been silent for long.
update process set beat_at = '' where holder = %(holder)s;

-- name: others
-- Who had the store to itself before is dead now; who only uses it beside, as a terminal does, is dead when it has fallen silent.
select holder from process where holder <> %(holder)s and (alone = 1 or beat_at < %(before)s);

-- name: silent
select holder from process where beat_at < %(before)s;

-- name: lease
-- Its holder prolongs it; anybody else gets it when it has run out, with the next epoch.
insert into lease (name, holder, expires_at, epoch) values (%(name)s, %(holder)s, %(expires_at)s, 1)
on conflict (name) do update
set holder = excluded.holder,
    expires_at = excluded.expires_at,
    epoch = case when lease.holder = excluded.holder then lease.epoch else lease.epoch + 1 end
where lease.holder = excluded.holder or lease.expires_at <= %(now)s
returning epoch;

-- name: prune
-- A process that is long gone and left nothing behind.
delete from process
where beat_at < %(before)s
  and not exists (select 1 from inbox where inbox.holder = process.holder and inbox.answered_at is null)
  and not exists (select 1 from approval where approval.holder = process.holder and approval.state = 'running')
returning holder;
