-- name: add
insert into mishap (id, holder, at, what) values (%(id)s, %(holder)s, %(at)s, %(what)s)
on conflict (id) do nothing;

-- name: since
select at, holder, what from mishap where at >= %(since)s order by at desc limit 20;

-- name: prune
delete from mishap where at < %(before)s returning id;
