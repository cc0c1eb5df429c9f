-- name: standings
select body from job where database = %(database)s order by job;

-- name: standing
select body from job where database = %(database)s and job = %(job)s;

-- name: put_standing
insert into job (database, job, body) values (%(database)s, %(job)s, %(body)s)
on conflict (database, job) do update set body = excluded.body;

-- name: runs
-- The last runs of each job of a database, newest first.
select body
from (
    select body, slot, row_number() over (partition by job order by slot desc) as place
    from job_run
    where database = %(database)s
) as ran
where place <= %(each)s
order by slot desc;

-- name: under_way
select body from job_run where database = %(database)s and state = 'under way' order by slot;

-- name: add
-- Whoever writes it first runs the job at this time; everybody else gets no row.
insert into job_run (database, job, slot, state, at, body)
values (%(database)s, %(job)s, %(slot)s, %(state)s, %(at)s, %(body)s)
on conflict (database, job, slot) do nothing
returning job;

-- name: settle
update job_run set state = %(state)s, at = %(at)s, body = %(body)s
where database = %(database)s and job = %(job)s and slot = %(slot)s and state = 'under way'
returning job;

-- name: keep
insert into keepsake (database, name, at, body) values (%(database)s, %(name)s, %(at)s, %(body)s)
on conflict (database, name, at) do nothing;

-- name: keepsake
select body from keepsake where database = %(database)s and name = %(name)s order by at desc limit 1;

-- name: prune_keepsakes
delete from keepsake where at < %(before)s returning name;

-- name: prune
-- The last run of a job stays, so that it is known when it was.
delete from job_run
where at < %(before)s
  and state <> 'under way'
  and exists (
      select 1 from job_run as newer
      where newer.database = job_run.database and newer.job = job_run.job and newer.slot > job_run.slot
  )
returning job;
