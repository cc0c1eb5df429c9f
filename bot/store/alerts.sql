-- name: alerts
select body from alert
where cast(%(database)s as text) is null or database = %(database)s
order by database, metric;

-- name: incidents
-- Those of a database that were open at a moment or later; the id begins with its name.
select body from incident
where substr(id, 1, length(%(prefix)s)) = %(prefix)s
  and (closed_at is null or closed_at >= %(since)s)
order by id;

-- name: burning
select body from incident where closed_at is null order by id;

-- name: incident
select body from incident where id = %(id)s;

-- name: put_alert
insert into alert (database, metric, body) values (%(database)s, %(metric)s, %(body)s)
on conflict (database, metric) do update set body = excluded.body;

-- name: put_incident
insert into incident (id, closed_at, body) values (%(id)s, %(closed_at)s, %(body)s)
on conflict (id) do update set closed_at = excluded.closed_at, body = excluded.body;

-- name: forget
-- What is over and old. What a person did to an incident stays with what the audit says of it; what Scout did says all in its own row there.
delete from incident
where closed_at < %(before)s
  and not exists (select 1 from audit where audit.subject = incident.id and audit.actor <> 'scout')
returning id;

-- name: forget_cards
-- Where the cards of incidents stand that are not there any more.
delete from card
where substr(card_key, 1, 9) = 'incident:'
  and not exists (select 1 from incident where incident.id = substr(card.card_key, 10))
returning card_key;
