-- name: next
update audit_head set seq = seq + 1 where only_row = 1 returning seq, hash;

-- name: add
insert into audit (seq, at, actor, action, subject, body, previous, hash)
values (%(seq)s, %(at)s, %(actor)s, %(action)s, %(subject)s, %(body)s, %(previous)s, %(hash)s);

-- name: set_head
update audit_head set hash = %(hash)s where only_row = 1;

-- name: head
-- One statement, so that head and rows are of one moment.
select
    coalesce((select seq from audit_head), 0) as seq,
    coalesce((select hash from audit_head), '') as hash,
    coalesce((select max(seq) from audit), 0) as last;

-- name: newest
select seq, at, actor, action, subject, body from audit
where seq > %(since_seq)s
order by seq desc
limit %(limit)s;

-- name: of_subject
select seq, at, actor, action, subject, body from audit
where subject = %(subject)s
order by seq;

-- name: span
-- From where to where are the rows about one thing, and what is linked to them on either side? One statement, so that all is of one moment.
select
    own.first,
    own.last,
    case own.first when 1 then '' else (select hash from audit where seq = own.first - 1) end as before,
    (select previous from audit where seq = own.last + 1) as after,
    (select max(seq) from audit) as newest,
    coalesce((select seq from audit_head), 0) as head,
    coalesce((select hash from audit_head), '') as head_hash
from (select min(seq) as first, max(seq) as last from audit where subject = %(subject)s) own;

-- name: chain
select seq, at, actor, action, subject, body, previous, hash from audit
where seq > %(after)s and seq <= %(last)s
order by seq
limit %(limit)s;

-- name: elsewhere
-- Does the row that should follow stand in another place?
select seq from audit where previous = %(previous)s and seq <> %(seq)s;
