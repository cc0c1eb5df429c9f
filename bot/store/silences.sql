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

-- name: prune
delete from silence where ended_at < %(before)s returning id;
