-- name: visits
-- Whose page is the oldest comes first.
select person, opened_at, shown, shown_at from home where opened_at >= %(since)s order by shown_at, person;

-- name: one
select person, opened_at, shown, shown_at from home where person = %(person)s;

-- name: opened
-- Whatever was published before is published again: somebody is looking.
insert into home (person, opened_at, shown, shown_at) values (%(person)s, %(now)s, '', '')
on conflict (person) do update set opened_at = excluded.opened_at, shown = '', shown_at = '';

-- name: shown
update home set shown = %(seal)s, shown_at = %(now)s where person = %(person)s;

-- name: forget
delete from home where person = %(person)s;

-- name: prune
delete from home where opened_at < %(before)s returning person;
