-- name: claim
-- A card that is being sent by somebody is one row, so nobody sends it beside them.
-- A claim that was never settled is a try: the message may have been sent.
-- What may not be posted now is left alone, but for pages and for cards, which may only have to be edited; what goes to a
-- receiver that has not answered yet is left alone in any case.
update notice
set claimed_by = %(holder)s,
    claimed_until = %(until)s,
    tries = case when claimed_until = '' then tries else tries + 1 end
where state = 'waiting'
  and claimed_until <= %(now)s
  and id in (
      select id from notice
      where state = 'waiting' and due <= %(now)s and claimed_until <= %(now)s
        and lane <= %(least)s
        and (lane = 0 or card_key is not null or channel not in (%(held)s))
        and channel not in (%(busy)s)
      order by lane, due, arrival
      limit %(limit)s
  )
returning body, lane, due, tries, posting_at, arrival;

-- name: is_ours
select 1 as ours from notice
where id = %(id)s and state = 'waiting' and claimed_by = %(holder)s and claimed_until > %(until)s;

-- name: release
update notice set claimed_until = %(now)s
where state = 'waiting' and claimed_by in (%(dead)s) and claimed_until > %(now)s
returning id;

-- name: let_go
update notice set claimed_until = %(now)s
where id in (%(ids)s) and state = 'waiting' and claimed_by = %(holder)s and claimed_until > %(now)s
returning id;

-- name: next_due
select min(case when claimed_until > due then claimed_until else due end) as due
from notice where state = 'waiting';

-- name: unsent
-- What is not due before some later time waits for its time, not for anybody.
select count(*) as unsent, min(created_at) as oldest
from notice where state = 'waiting' and created_at <= %(now)s and channel not in (%(apart)s);

-- name: card
select channel, ts, link from card where card_key = %(card_key)s;

-- name: card_key
select card_key from card where channel = %(channel)s and ts = %(ts)s;

-- name: one
select body, lane, due, tries, posting_at from notice where id = %(id)s;

-- name: waiting_before
select body, lane, due, tries, posting_at from notice
where state = 'waiting' and channel = %(channel)s
  and arrival < (select arrival from notice where id = %(id)s);

-- name: waiting_card
select id, claimed_until
from notice where card_key = %(card_key)s and state = 'waiting';

-- name: merge
update notice
set lane = case when lane < %(lane)s then lane else %(lane)s end,
    due = case when due < %(due)s then due else %(due)s end
where id = %(id)s;

-- name: once_more
update notice
set again_lane = case when again_lane < %(lane)s then again_lane else %(lane)s end,
    again_due = case when again_due < %(due)s then again_due else %(due)s end
where id = %(id)s;

-- name: add
insert into notice (id, card_key, channel, state, lane, due, arrival, created_at, tries, body)
select %(id)s, %(card_key)s, %(channel)s, 'waiting', %(lane)s, %(due)s, coalesce(max(arrival), 0) + 1, %(now)s, %(tries)s, %(body)s
from notice
where true
on conflict (id) do nothing;

-- name: sent
-- A card that changed while it was being sent waits again, as urgent as the change was. One that took longer to send than its
-- claim waits again too: a change after the claim's end was counted as still to be sent, and may not have been.
update notice
set state = case when is_over then 'sent' else 'waiting' end,
    settled_at = case when is_over then %(now)s end,
    created_at = case when is_over then created_at else %(now)s end,
    lane = coalesce(again_lane, lane),
    due = coalesce(again_due, due),
    tries = case when is_over then tries else 0 end,
    posting_at = '',
    claimed_by = '',
    claimed_until = '',
    again_lane = null,
    again_due = null
from (
    select id as told, again_due is null and (card_key is null or claimed_until = '' or claimed_until > %(now)s) as is_over
    from notice where id = %(id)s
) as sending
where id = told and state = 'waiting';

-- name: posted
insert into card (card_key, channel, ts) values (%(card_key)s, %(channel)s, %(ts)s)
on conflict (card_key) do update
set link = case when card.channel = excluded.channel and card.ts = excluded.ts then card.link else '' end,
    channel = excluded.channel,
    ts = excluded.ts;

-- name: linked
update card set link = %(link)s where card_key = %(card_key)s and ts = %(ts)s;

-- name: postpone
update notice
set due = %(due)s,
    lane = case when again_lane < lane then again_lane else lane end,
    tries = tries + %(tried)s,
    claimed_by = '',
    claimed_until = '',
    again_lane = null,
    again_due = null
where id = %(id)s and state = 'waiting';

-- name: posting
update notice set posting_at = %(at)s where id = %(id)s and state = 'waiting';

-- name: give_up
update notice
set state = 'given up', settled_at = %(now)s, why = %(why)s, claimed_by = '', claimed_until = ''
where id = %(id)s and state = 'waiting';

-- name: prune
delete from notice where settled_at < %(before)s returning id;
