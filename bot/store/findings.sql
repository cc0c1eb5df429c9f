-- name: want
insert into finding (incident, wanted_at, done_at, body) values (%(incident)s, %(now)s, null, '')
on conflict (incident) do update set wanted_at = excluded.wanted_at, done_at = null;

-- name: wanted
select incident from finding where done_at is null order by wanted_at, incident;

-- name: settle
update finding set done_at = %(now)s, body = %(body)s
where incident = %(incident)s and done_at is null
returning incident;

-- name: found
select body from finding where incident = %(incident)s and body <> '';

-- name: prune
delete from finding where wanted_at < %(before)s returning incident;
