-- name: sign_on
insert into process (holder, beat_at, watches_until) values (%(holder)s, %(now)s, %(until)s)
on conflict (holder) do update set beat_at = excluded.beat_at, watches_until = excluded.watches_until;

-- name: watchers
select holder from process where watches_until > %(now)s order by holder;

-- name: of
select name, holder, expires_at, epoch from lease where name in (%(names)s) order by name;

-- name: valid
select name, holder, epoch from lease where expires_at > %(now)s order by name;

-- name: take
-- Its holder prolongs it; anybody else gets it when it has run out, with the next epoch.
insert into lease (name, holder, expires_at, epoch) values (%(name)s, %(holder)s, %(expires_at)s, 1)
on conflict (name) do update
set holder = excluded.holder,
    expires_at = excluded.expires_at,
    epoch = case when lease.holder = excluded.holder then lease.epoch else lease.epoch + 1 end
where lease.holder = excluded.holder or lease.expires_at <= %(now)s
returning epoch;

-- name: let_go
update lease set expires_at = '' where holder = %(holder)s and name in (%(names)s);

-- name: let_go_of_all
update lease set expires_at = '' where holder = %(holder)s;

-- name: sign_off
update process set watches_until = '' where holder = %(holder)s;

-- name: holds
select 1 as holds from lease where name = %(name)s and holder = %(holder)s and epoch = %(epoch)s;
