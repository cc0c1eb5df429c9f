-- name: receive
insert into inbox (id, holder, at, body) values (%(id)s, %(holder)s, %(at)s, %(body)s)
on conflict (id) do nothing
returning id;

-- name: unanswered
select body from inbox
where holder = %(holder)s and answered_at is null
order by at, id;

-- name: waiting
select body from inbox where answered_at is null order by at, id;

-- name: one
select body from inbox where id = %(id)s;

-- name: adopt
update inbox set holder = %(holder)s
where holder in (%(dead)s) and answered_at is null
returning body;

-- name: finish
update inbox set answered_at = %(at)s where id = %(id)s and answered_at is null returning id;

-- name: is_there
select 1 as there from inbox where id = %(id)s;

-- name: is_open
select 1 as open from inbox where id = %(id)s and answered_at is null;

-- name: prune
delete from inbox where answered_at < %(before)s returning id;
