-- The store's schema, step by step: `step_N` for both engines, `step_N_sqlite` and `step_N_postgres` for what only one of them understands.
-- A step that has been released is never edited; a change is a new step. Times are UTC ISO text, bodies are JSON text.

-- name: exists
create table if not exists scout_schema (
    only_row integer primary key check (only_row = 1),
    version  integer not null
);

-- name: version
select version from scout_schema;

-- name: set_version
insert into scout_schema (only_row, version) values (1, %(version)s)
on conflict (only_row) do update set version = excluded.version;

-- name: step_1
create table process (
    holder  text primary key,
    beat_at text not null,
    alone   integer not null default 0  -- it had the store to itself, so it is dead as soon as another one has
);

create table lease (
    name       text primary key,
    holder     text not null,
    expires_at text not null,
    epoch      integer not null
);

create table inbox (
    id          text primary key,
    holder      text not null,
    at          text not null,
    answered_at text,
    body        text not null
);
create index inbox_unanswered on inbox (holder, at, id) where answered_at is null;
create index inbox_answered on inbox (answered_at);

create table approval (
    id              text primary key,
    database        text not null,
    command         text not null,
    state           text not null,
    holder          text not null,
    stop_asked_by   text not null,
    asked_at        text not null,
    expires_at      text not null,
    body            text not null
);
-- one open plan of a command on a database; everybody else is shown that one
create unique index approval_open on approval (database, command) where state in ('asked', 'approved', 'running');
create index approval_newest on approval (asked_at, id);
create index approval_overdue on approval (expires_at) where state = 'asked';

create table step (
    approval text not null references approval (id),
    number   integer not null,
    database text not null,
    title    text not null,
    state    text not null,
    ended_at text,
    body     text not null,
    primary key (approval, number)
);
create index step_done on step (database, title, ended_at) where state = 'done';

create table alert (
    database text not null,
    metric   text not null,
    body     text not null,
    primary key (database, metric)
);

create table incident (
    id   text primary key,
    body text not null
);

create table sample (
    database text not null,
    metric   text not null,
    at       text not null,
    body     text not null,
    primary key (database, metric, at)
);
create index sample_age on sample (at);

create table last_sample (
    database text not null,
    metric   text not null,
    at       text not null,
    body     text not null,
    primary key (database, metric)
);

create table notice (
    id            text primary key,
    card_key      text,
    state         text not null check (state in ('waiting', 'sent', 'given up')),
    lane          integer not null,
    due           text not null,
    arrival       bigint not null,
    created_at    text not null,
    claimed_by    text not null default '',
    claimed_until text not null default '',
    again_lane    integer,
    again_due     text,
    tries         integer not null,
    settled_at    text,
    why           text not null default '',
    body          text not null
);
-- a card waits once, however often its subject changes
create unique index notice_card on notice (card_key) where state = 'waiting';
create index notice_waiting on notice (lane, due, arrival) where state = 'waiting';
create index notice_arrival on notice (arrival);
create index notice_settled on notice (settled_at);

create table card (
    card_key text primary key,
    channel  text not null,
    ts       text not null
);
create index card_place on card (channel, ts);

create table audit (
    seq      integer primary key,
    at       text not null,
    actor    text not null,
    action   text not null,
    subject  text not null,
    body     text not null,
    previous text not null,
    hash     text not null
);

create table audit_head (
    only_row integer primary key check (only_row = 1),
    seq      integer not null,
    hash     text not null
);
insert into audit_head (only_row, seq, hash) values (1, 0, '');

-- name: step_1_sqlite
create trigger audit_no_update before update on audit
begin
    select raise(abort, 'audit rows are never changed');
end;
create trigger audit_no_delete before delete on audit
begin
    select raise(abort, 'audit rows are never deleted');
end;
create trigger audit_head_stays before delete on audit_head
begin
    select raise(abort, 'the head of the audit is never deleted');
end;
create trigger audit_head_grows before update on audit_head
when new.seq < old.seq
begin
    select raise(abort, 'the audit only grows');
end;

-- name: step_1_postgres
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and tg_table_name = 'audit_head' then
        if new.seq >= old.seq then
            return new;
        end if;
    end if;
    raise exception 'audit rows are never changed or deleted';
end
$$;
create trigger audit_no_change before update or delete on audit
for each row execute function audit_is_append_only();
create trigger audit_no_truncate before truncate on audit
for each statement execute function audit_is_append_only();
create trigger audit_head_grows before update or delete on audit_head
for each row execute function audit_is_append_only();
create trigger audit_head_no_truncate before truncate on audit_head
for each statement execute function audit_is_append_only();

-- name: step_2
create index audit_subject on audit (subject, seq);

-- name: step_3
create table silence (
    id       text primary key,
    database text not null,
    metric   text not null,
    until    text not null,
    ended_at text,
    body     text not null
);
create index silence_open on silence (until) where ended_at is null;

-- name: step_4
alter table process add column watches_until text not null default '';  -- until then it takes part in sharing the databases
alter table notice add column channel text not null default '';
alter table notice add column posting_at text not null default '';  -- it may stand in Slack already: look before posting it again

create table mishap (
    id     text primary key,
    holder text not null,
    at     text not null,
    what   text not null
);
create index mishap_age on mishap (at);

-- name: step_5
-- what silences and quiet hours hold back of incidents, until they are over
create table held (
    held_by  text not null,
    incident text not null,
    at       text not null,
    primary key (held_by, incident)
);

-- what was looked at when an incident got worse; `done_at` is null while it is still to be done
create table finding (
    incident  text primary key,
    wanted_at text not null,
    done_at   text,
    body      text not null
);
create index finding_wanted on finding (wanted_at) where done_at is null;

-- name: step_6
alter table approval add column decisions integer not null default 0;  -- how many people have decided

-- name: step_7
alter table step add column skip_asked_by text not null default '';
alter table approval add column revision integer not null default 0;  -- grows when steps are left out of a plan that is asked

-- name: step_8
alter table sample add column value double precision;

-- name: step_8_sqlite
update sample set value = json_extract(body, '$.measured.value');

-- name: step_8_postgres
update sample set value = (body::json -> 'measured' ->> 'value')::float8;

-- name: step_9
alter table card add column link text not null default '';  -- its address in a browser, once Slack was asked for it

-- whose home tab is to be kept up to date, and what was published there last
create table home (
    person    text primary key,
    opened_at text not null,
    shown     text not null,
    shown_at  text not null
);
create index home_opened on home (opened_at);

-- name: step_10
create table job (
    database text not null,
    job      text not null,
    body     text not null,
    primary key (database, job)
);

create table job_run (
    database text not null,
    job      text not null,
    slot     text not null,
    state    text not null,
    at       text not null,
    body     text not null,
    primary key (database, job, slot)  -- one of all processes runs a job at one of its times
);
create index job_run_age on job_run (at);

create table keepsake (
    database text not null,
    name     text not null,
    at       text not null,
    body     text not null,
    primary key (database, name, at)
);

-- name: step_11
alter table approval add column quiet integer not null default 0;  -- a schedule did it by itself, and nobody need see it
create index approval_quiet on approval (asked_at) where quiet = 1 and state = 'done';

-- name: step_12
alter table incident add column closed_at text;  -- null while it is open
create index incident_closed on incident (closed_at);

-- name: step_12_sqlite
update incident set closed_at = json_extract(body, '$.closed_at');

-- name: step_12_postgres
update incident set closed_at = body::json ->> 'closed_at';
