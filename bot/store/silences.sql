-- name: silences
-- Those that nobody and nothing has ended; whether one still holds is a question of the moment.
select body from silence where ended_at is null order by until, id;

-- name: silence
select body from silence where id = %(id)s;

-- name: add
insert into silence (id, database, metric, until, ended_at, body)
values (%(id)s, %(database)s, %(metric)s, %(until)s, null, %(body)s)
on conflict (id) do nothing;

-- name: end
update silence set ended_at = %(at)s, body = %(body)s
where id = %(id)s and ended_at is null
returning id;

-- name: cut
update silence set until = %(at)s, body = %(body)s
where id = %(id)s and ended_at is null and until > %(at)s
returning id;

-- name: hold_back
insert into held (held_by, incident, at) values (%(by)s, %(incident)s, %(at)s)
on conflict (held_by, incident) do nothing;

-- name: let_go
delete from held where held_by = %(by)s returning incident, at;

-- name: prune
delete from silence where ended_at < %(before)s returning id;
