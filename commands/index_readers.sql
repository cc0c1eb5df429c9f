-- name: evidence
-- Since when are index scans counted, by whom else may the indexes be used, and how many indexes are there?
-- A crash throws all counters away and leaves the database without a time of reset; then those of the background writer and the archiver,
-- which begin anew at a crash too, tell since when there are counters. Logical replication reads no index of this database elsewhere;
-- any other receiver, and a physical slot that waits for one, may be a replica on which queries run. Not one that only stores the log
-- (pg_receivewal and its like): it says what it has written and never what it has replayed.
select
  coalesce(d.stats_reset, least(b.stats_reset, a.stats_reset), pg_postmaster_start_time()) as since,
  extract(epoch from clock_timestamp() - coalesce(d.stats_reset, least(b.stats_reset, a.stats_reset), pg_postmaster_start_time()))::float8 as seconds,
  (
    select count(*)
    from pg_stat_replication as r
    where r.state is distinct from 'backup'
      and (r.write_lsn is null or r.replay_lsn is not null)
      and not exists (select from pg_replication_slots as s where s.active_pid = r.pid and s.slot_type = 'logical')
  )::int + (
    select count(*)
    from pg_replication_slots as s
    where s.slot_type = 'physical'
      and not s.active
      and s.wal_status is distinct from 'lost'
  )::int as replicas,
  pg_is_in_recovery() as is_replica,
  current_setting('track_counts')::bool as counting,
  current_setting('track_commit_timestamp')::bool as knows_birth,
  (
    select count(*)
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = %(schema)s
      and c.relkind in ('i', 'I')
      and not c.relispartition
  )::int as examined
from pg_stat_database as d
cross join pg_stat_bgwriter as b
cross join pg_stat_archiver as a
where d.datname = current_database();

-- name: read
-- Which indexes did somebody read here within the evidence window? Asked of a replica, whose scans are counted there and nowhere else.
-- The scans of partitions' indexes are those of their parent, which alone can be dropped. Before PostgreSQL 16 nobody knows when a scan was:
-- every counted one is taken for a recent one.
select
  c.relname as index,
  u.scans
from (
  select
    case when x.relispartition then pg_partition_root(x.oid)::oid else x.oid end as root,
    sum(s.idx_scan)::bigint as scans
  from pg_stat_user_indexes as s
  join pg_class as x on x.oid = s.indexrelid
  where s.idx_scan > 0
    and (
      %(window_s)s <= 0
      or coalesce((to_jsonb(s) ->> 'last_idx_scan')::timestamptz >= clock_timestamp() - make_interval(secs => %(window_s)s), true)
    )
  group by 1
) as u
join pg_class as c on c.oid = u.root
where c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
order by c.relname;
