-- name: one
select body, stop_asked_by from approval where id = %(id)s;

-- name: newest
select body, stop_asked_by from approval
where state in (%(states)s)
  and (cast(%(database)s as text) is null or database = %(database)s)
  and (%(loud)s = 0 or quiet = 0 or state <> 'done')
order by asked_at desc, id desc
limit %(limit)s;

-- name: counted
select state, count(*) as plans from approval group by state order by state;

-- name: prune_steps
-- What a schedule did silently and well comes hundreds of times a day; the audit keeps that it was done.
delete from step where approval in (
    select id from approval where quiet = 1 and state = 'done' and asked_at < %(before)s
)
returning approval;

-- name: prune
delete from approval where quiet = 1 and state = 'done' and asked_at < %(before)s returning id;

-- name: overdue
select body, stop_asked_by from approval
where state = 'asked' and expires_at <= %(now)s
order by expires_at, id;

-- name: steps
select body, skip_asked_by from step where approval = %(approval)s order by number;

-- name: durations
-- How long did steps with these titles take the last times?
select title, body
from (
    select title, body, ended_at,
           row_number() over (partition by title order by ended_at desc, approval desc, number desc) as place
    from step
    where database = %(database)s and title in (%(titles)s) and state = 'done' and ended_at is not null
) as done
where place <= %(last)s
order by title, place;

-- name: add
insert into approval (id, database, command, state, holder, stop_asked_by, asked_at, expires_at, decisions, quiet, body)
values (
    %(id)s, %(database)s, %(command)s, %(state)s, %(holder)s, %(stop_asked_by)s, %(asked_at)s, %(expires_at)s, %(decisions)s,
    %(quiet)s, %(body)s
)
on conflict do nothing
returning id;

-- name: in_the_way
select id from approval
where id = %(id)s
   or (database = %(database)s and command = %(command)s and state in ('asked', 'approved', 'running'))
order by case when id = %(id)s then 0 else 1 end
limit 1;

-- name: replan
-- Another plan takes the place of one that nobody has decided about; who decides in the same moment finds another revision.
update approval set revision = revision + 1, decisions = 0, body = %(body)s
where id = %(id)s and state = 'asked' and revision = %(had)s
returning id;

-- name: drop_steps
delete from step where approval = %(approval)s and state = 'waiting';

-- name: add_step
insert into step (approval, number, database, title, state, body)
values (%(approval)s, %(number)s, %(database)s, %(title)s, %(state)s, %(body)s);

-- name: swap
-- The click that comes second finds another state and gets no row. Nothing becomes open beside another open one of its kind.
-- Nobody's decision is lost to one that was made in the same moment: the row must have as many as the body was made from.
-- Somebody who asked to stop is not forgotten by a process that had read the row before.
update approval
set state = %(state)s,
    holder = %(holder)s,
    expires_at = %(expires_at)s,
    decisions = %(decisions)s,
    body = %(body)s,
    stop_asked_by = case
        when state = 'running' and cast(%(stop_asked_by)s as text) = '' then stop_asked_by
        else %(stop_asked_by)s
    end
where id = %(id)s
  and state in (%(was)s)
  and decisions = %(had)s
  and revision = %(revision)s
  and (cast(%(held_by)s as text) is null or holder = %(held_by)s)
  and (
      cast(%(state)s as text) not in ('asked', 'approved', 'running')
      or not exists (
          select 1 from approval as other
          where other.id <> approval.id
            and other.database = approval.database
            and other.command = approval.command
            and other.state in ('asked', 'approved', 'running')
      )
  )
returning id;

-- name: save
update approval
set body = %(body)s,
    stop_asked_by = case when stop_asked_by = '' then %(stop_asked_by)s else stop_asked_by end
where id = %(id)s and state = %(state)s and holder = %(holder)s
returning id;

-- name: ask_stop
update approval set stop_asked_by = %(by)s
where id = %(id)s and state = 'running' and stop_asked_by = ''
returning id;

-- name: ask_skip
update step set skip_asked_by = %(by)s
where approval = %(approval)s and number = %(number)s and state = 'running' and skip_asked_by = ''
returning number;

-- name: swap_step
-- A process that was taken for dead and wakes up finds the run in other hands, and writes nothing.
update step
set state = %(state)s,
    ended_at = %(ended_at)s,
    body = %(body)s,
    skip_asked_by = case when cast(%(state)s as text) = 'running' and state <> 'running' then '' else skip_asked_by end
where approval = %(approval)s and number = %(number)s and state in (%(was)s)
  and (
      cast(%(held_by)s as text) is null
      or exists (
          select 1 from approval as run
          where run.id = step.approval and run.state = 'running' and run.holder = %(held_by)s
      )
  )
returning number;
