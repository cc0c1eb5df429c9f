-- name: alerts
select body from alert
where cast(%(database)s as text) is null or database = %(database)s
order by database, metric;

-- name: incidents
-- Those of a database; the id begins with its name.
select body from incident where substr(id, 1, length(%(prefix)s)) = %(prefix)s order by id;

-- name: incident
select body from incident where id = %(id)s;

-- name: put_alert
insert into alert (database, metric, body) values (%(database)s, %(metric)s, %(body)s)
on conflict (database, metric) do update set body = excluded.body;

-- name: put_incident
insert into incident (id, body) values (%(id)s, %(body)s)
on conflict (id) do update set body = excluded.body;
