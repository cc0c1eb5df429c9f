-- name: alerts
select body from alert
where cast(%(database)s as text) is null or database = %(database)s
order by database, metric;

-- name: incident
select body from incident where id = %(id)s;

-- name: samples
select body
from (
    select at, body from sample
    where database = %(database)s and metric = %(metric)s and at >= %(since)s
    order by at desc
    limit %(limit)s
) as newest
order by at;

-- name: last_samples
select body from last_sample where database = %(database)s order by metric;

-- name: put_alert
insert into alert (database, metric, body) values (%(database)s, %(metric)s, %(body)s)
on conflict (database, metric) do update set body = excluded.body;

-- name: put_incident
insert into incident (id, body) values (%(id)s, %(body)s)
on conflict (id) do update set body = excluded.body;

-- name: put_sample
insert into sample (database, metric, at, body) values (%(database)s, %(metric)s, %(at)s, %(body)s)
on conflict (database, metric, at) do nothing;

-- name: put_last_sample
insert into last_sample (database, metric, at, body) values (%(database)s, %(metric)s, %(at)s, %(body)s)
on conflict (database, metric) do update set at = excluded.at, body = excluded.body
where excluded.at >= last_sample.at;

-- name: prune
delete from sample where at < %(before)s returning metric;
