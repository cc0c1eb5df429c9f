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

-- name: put_sample
insert into sample (database, metric, at, value, body) values (%(database)s, %(metric)s, %(at)s, %(value)s, %(body)s)
on conflict (database, metric, at) do nothing;

-- name: put_last_sample
-- One that is later by more than a straggler can be was dated by a clock that was ahead.
insert into last_sample (database, metric, at, body) values (%(database)s, %(metric)s, %(at)s, %(body)s)
on conflict (database, metric) do update set at = excluded.at, body = excluded.body
where excluded.at >= last_sample.at or last_sample.at > %(straggler)s;

-- name: databases
select distinct database from last_sample order by database;

-- name: prune
delete from sample where at < %(before)s returning metric;

-- name: thin
-- Of each stretch of time, which the first `digits` of the moment name, the highest and the lowest stay: a peak is not forgotten.
delete from sample
where database = %(database)s
    and (metric, at) in (
        select metric, at
        from (
            select
                metric,
                at,
                row_number() over (
                    partition by metric, substr(at, 1, cast(%(digits)s as integer)) order by value desc nulls last, at
                ) as from_top,
                row_number() over (
                    partition by metric, substr(at, 1, cast(%(digits)s as integer)) order by value nulls last, at
                ) as from_below
            from sample
            where database = %(database)s and at >= %(since)s and at < %(before)s
        ) as ranked
        where from_top > 1 and from_below > 1
    )
returning metric;

-- name: cap
delete from sample
where database = %(database)s
    and at < (select at from sample where database = %(database)s order by at desc limit 1 offset %(most)s)
returning metric;
