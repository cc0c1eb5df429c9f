"""The runbook, item by item: what is written there, what comes of it when it is done, and what Scout does instead.

Every item was executed as written on PostgreSQL 14 to 18; the figures are from there.
"""

from bot.report import Record


class Item(Record):
    """One item: its number, what the runbook calls it, what comes of it as written, and what Scout does.

    `commands` are the texts that do it; empty for what Scout never does, and for what is no business of a bot.
    """

    number: str
    title: str
    written: str
    instead: str
    commands: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """The part of the runbook, as `3` of `3.1`."""
        return self.number.partition(".")[0]


SECTIONS = {
    "0": "Performance SLOs & Targets",
    "1": "Diagnostics, step 1: identify bottlenecks",
    "2": "Diagnostics, step 2: real-time monitoring",
    "3": "Technique 1: index optimization",
    "4": "Technique 2: query rewriting",
    "5": "Technique 3: materialized views",
    "6": "Storage: table partitioning",
    "7": "Vacuum & Analyze",
    "8": "Connection pooling",
    "9": "Caching strategy",
    "10": "Query result caching",
    "11": "Monitoring dashboard",
    "12": "Quick performance wins",
    "13": "Emergency performance recovery",
}

ITEMS = (
    Item(
        number="0",
        title="Service levels",
        written="Five targets with alert and page lines; nothing measures them, and the 'current' column is a constant.",
        instead="All five are measured from real sources all day; one without a source says so and never reads as OK. Throughput is the one where lower is worse.",
        commands=("status", "health"),
    ),
    Item(
        number="1.1",
        title="Find slow queries",
        written="Runs, and ranks one-off DDL of the whole server first: by mean, since the last reset, without a filter on the database; rows per call is an integer division; an application query that mentions pg_stat is hidden.",
        instead="Ranks by the time spent since an earlier snapshot, in this database, without Scout's own; says what was evicted. A row opens the statement.",
        commands=("slow", "statement"),
    ),
    Item(
        number="1.2",
        title="Check table bloat",
        written='ERROR: column "tablename" does not exist. Mended, it shows the share of each table in the size of the schema, which has nothing to do with bloat.',
        instead="Estimates from statistics with alignment, fillfactor and TOAST, confirms the worst with pgstattuple where it is installed, and says per row whether it is reliable. The share is in `tables`, by its name.",
        commands=("bloat", "tables"),
    ),
    Item(
        number="1.3",
        title="Identify missing indexes",
        written="Lists statistics of columns, not indexes: it misses unique columns, reports ordered ones, knows no query, and is silently empty for a monitoring role.",
        instead="Foreign keys without an index, big tables that are read from end to end, and the hint repaired: each with the statement that mends it.",
        commands=("indexes missing", "indexes"),
    ),
    Item(
        number="1.4",
        title="Cache hit ratio",
        written="Heap only, all schemas, since the last reset; NULL after a reset.",
        instead="Heap and indexes between two readings, judged only above a floor of traffic.",
        commands=("hitratio",),
    ),
    Item(
        number="2.1",
        title="Database connections",
        written="A new connection a second, the password in the list of processes, background workers counted as sessions without a state.",
        instead="By role, database and state, as a share of the slots that can be used, with what is hidden said.",
        commands=("connections",),
    ),
    Item(
        number="2.2",
        title="Active queries",
        written="Hides every session whose text mentions pg_stat_activity; shows replication as a query, and neither who waits nor for whom.",
        instead="What runs and waits, with who blocks whom as a tree; sessions idle in a transaction are in it, for they are usually the ones that block.",
        commands=("active", "blocked"),
    ),
    Item(
        number="2.3",
        title="Transaction rate",
        written="Counts rows of one table, not transactions, by reading the whole table.",
        instead="Differences of the server's own counters: transactions and rows, each called what it counts.",
        commands=("tps",),
    ),
    Item(
        number="3.1",
        title="Identify unused indexes",
        written='ERROR: column "tablename" does not exist. Mended, it lists primary keys; after step 2 of the emergency script it lists every index.',
        instead="Only what can be dropped: no key, constraint, replica identity, partition or support of a foreign key; on 35 days of evidence and the answer of every replica, else 'cannot judge'.",
        commands=("indexes unused", "indexes redundant", "index drop"),
    ),
    Item(
        number="3.2",
        title="Indexes on store and date, region and value",
        written="Built, but not used by the queries in their comments: those lack `deleted_at is null`. A second run is an error.",
        instead="The catalogue has both in a form that serves their queries. The plan shows size, what is there already, and whom the build waits for; a failed build leaves no invalid index behind.",
        commands=("index create",),
    ),
    Item(
        number="3.3",
        title="Partial index on recent rows",
        written="ERROR: functions in index predicate must be marked IMMUTABLE. A literal date in its place is never used by a query with now().",
        instead="A plain btree on the column.",
        commands=("index create",),
    ),
    Item(
        number="3.4",
        title="BRIN on the time of arrival",
        written="Not concurrently: every insert waits for the whole build. New pages stay out of it until the next vacuum, and max() does not use it.",
        instead="Concurrently, with autosummarize; freshness uses a btree.",
        commands=("index create",),
    ),
    Item(
        number="4.1",
        title="Subquery to join",
        written="The two are equal. It is one statement, not N+1; with an index on store_id both take 0.06 s, without one 12 s against 0.06.",
        instead="A rewrite is text for the developers, never run by Scout. Add the index first: `indexes missing` names it.",
        commands=("indexes missing",),
    ),
    Item(
        number="4.2",
        title="Several CTEs to one scan",
        written="BEFORE is a syntax error. AFTER is not equivalent: grouped by day, it repeats each day's own sum three times; 7 days are 8, and deleted rows are counted.",
        instead="One row with `sum(…) filter (where …)` and no GROUP BY. Text for the developers; Scout runs no free SQL.",
    ),
    Item(
        number="5.1",
        title="Materialized views for expensive aggregations",
        written="Runs.",
        instead="Definitions are the developers'; Scout shows each with its age, its readers and why it can be refreshed concurrently or not.",
        commands=("views",),
    ),
    Item(
        number="5.2",
        title="Index a materialized view",
        written="The index is not unique, so that the concurrent refresh of the next item cannot work.",
        instead="`views` names the view that lacks a unique index, and the plan of a refresh offers to build one.",
        commands=("views", "refresh"),
    ),
    Item(
        number="5.3",
        title="Refresh concurrently",
        written="ERROR 55000 without a unique index. Not 'no locks': a second refresh waits; it is two to four times slower and leaves dead rows.",
        instead="Concurrently where it is possible, else said and graded as what it is: readers wait. Each view in a transaction of its own, in the order in which they read each other.",
        commands=("refresh",),
    ),
    Item(
        number="5.4",
        title="Fast refresh with swap",
        written="A syntax error. Filled in, it loses every index, grant and comment, and fails as soon as another view reads it.",
        instead="Built aside with indexes, grants, owner, comments and statistics carried over, renamed in one short transaction; refused where something depends on it.",
        commands=("view rebuild",),
    ),
    Item(
        number="5.5",
        title="Function that refreshes all",
        written="In the schema public, one transaction for all three: a failure of the last leaves the first as it was.",
        instead="One step for each view, so that what is done stays done.",
        commands=("refresh",),
    ),
    Item(
        number="5.6",
        title="Schedule by pg_cron",
        written="ERROR without pg_cron; with it every run fails and nobody is told. Every 2 hours cannot meet a freshness of 1 hour.",
        instead="Scout's own scheduler, every 30 minutes, with each result on record; jobs of pg_cron that touch a view are shown with their failures.",
        commands=("views", "schedule"),
    ),
    Item(
        number="6.1",
        title="Create partitioned table and partitions",
        written="ERROR 0A000: the primary key lacks the partition key. LIKE copies no foreign key, trigger, owner, grant or policy.",
        instead="`partitions` says whether a table can be converted and what is in the way.",
        commands=("partitions",),
    ),
    Item(
        number="6.3",
        title="Migrate the data",
        written="Copies everything; rows outside of the two months end it with an error.",
        instead="Nothing is copied: the old table becomes the first partition.",
        commands=("partition convert",),
    ),
    Item(
        number="6.4",
        title="Swap the tables",
        written="Loses what was written in the meantime (303 to 419 committed rows in 2 s), row security, grants and foreign keys; views stay on the old table.",
        instead="Attached in a transaction of 3 to 8 ms, with rights, policies, keys, triggers and publications carried over; two approvers; refused while anything is in the way.",
        commands=("partition convert",),
    ),
    Item(
        number="6.5",
        title="Create next month's partition",
        written="Fails until 6.4, fails when DEFAULT holds such rows, and takes an unrelated table of that name for the partition.",
        instead="Months ahead by their bounds, built aside and attached, refused with what to do when DEFAULT holds their rows.",
        commands=("partition ensure",),
    ),
    Item(
        number="7.1",
        title="Weekend: VACUUM FULL and REINDEX SCHEMA",
        written="Stops every reader and writer for the whole rewrite, and while it only waits for one. The reindex after it is needless.",
        instead="One table, in the maintenance window, with two approvers, above a floor of measured bloat and size, one attempt of 2 s for its lock; indexes one at a time, concurrently. REINDEX SCHEMA is not offered.",
        commands=("vacuum full", "maintenance full", "reindex", "bloat"),
    ),
    Item(
        number="7.2",
        title="Weekdays: VACUUM ANALYZE",
        written="Runs; three tables whether they need it or not, without a limit on locks, and 'skipping' is only a warning.",
        instead="What is past its own threshold, the worst first; a warning that it was skipped is a failure; who holds the horizon back is named.",
        commands=("vacuum", "maintenance", "wraparound"),
    ),
    Item(
        number="7.3",
        title="ANALYZE everything",
        written="Runs over the whole database.",
        instead="What is missing or stale, parents of partitions too, which autovacuum never does.",
        commands=("analyze",),
    ),
    Item(
        number="8",
        title="pgbouncer",
        written="Starts, and nobody can log in: no address, no list of users. max_db_connections leaves nothing for anybody else.",
        instead="A configuration that was tried is in deploy/compose. Scout looks at the pools and resets connections by RECONNECT; it connects to PostgreSQL directly, past the pooler.",
        commands=("pool", "pool reconnect", "pool pause", "pool resume"),
    ),
    Item(
        number="9",
        title="Redis and its warming",
        written="Warming throws a TypeError with node-postgres; with a client that returns rows 44 % of look-ups find nothing, because a key about to expire is not renewed; 482 queries for one round.",
        instead="One query, every key overwritten, twice the interval to live with jitter, one at a time.",
        commands=("cache", "cache warm"),
    ),
    Item(
        number="10",
        title="query_cache and get_cached_query",
        written="Runs any SQL that it is given, shows one role the rows of another, breaks on text, and a hit costs 3.4 ms against 0.09 for the query.",
        instead="Never installed as written. `cache install` makes the safe form: registered functions instead of SQL, row security, no write on a hit. Better still: a materialized view.",
        commands=("cache", "cache install"),
    ),
    Item(
        number="11",
        title="v_performance_metrics",
        written="NULL is OK: an empty table, reset statistics and times in the future all read OK. It counts itself, reads a whole table, and blocks the upgrade of pg_stat_statements.",
        instead="The same four as metrics of the watch, without a view in your database; no data is never OK.",
        commands=("status", "chart"),
    ),
    Item(
        number="12",
        title="Quick wins",
        written="Placeholders fail; SET work_mem changes only the session that sets it.",
        instead="Each of the eight judged against the database now, with a button to its repair; memory and workers for one role in one database, with the worst case and the undo.",
        commands=("wins", "tune", "settings"),
    ),
    Item(
        number="13",
        title="The whole script",
        written="Prints 'complete' and ends with 0 even when there is no database at all.",
        instead="Looks first, proposes what is needed now, proves each step, and ends with the service levels before and after.",
        commands=("emergency",),
    ),
    Item(
        number="13.1",
        title="Kill long-running queries",
        written="Ended replication, autovacuum, an index build and the victims, and spared the idle session that held the lock.",
        instead="The heads of lock queues and what is too old, each by pid, start of session and start of statement; cancel before terminate; who is spared is shown with the reason.",
        commands=("emergency", "unblock", "cancel", "terminate"),
    ),
    Item(
        number="13.2",
        title="'Reset connections' by pg_stat_reset()",
        written="Resets no connection. It blinds autovacuum and makes every index look unused.",
        instead="Never offered. Connections are reset by the pooler's RECONNECT.",
        commands=("pool reconnect",),
    ),
    Item(
        number="13.3",
        title="Emergency vacuum",
        written="Removes nothing while an old snapshot is open anywhere: '0 removed, 250000 not yet removable'.",
        instead="Proposed only where it would help; else the session, slot or prepared transaction that holds it back is named.",
        commands=("emergency", "vacuum"),
    ),
    Item(
        number="13.4",
        title="Rebuild critical indexes",
        written="The second one does not exist: the runbook never creates it.",
        instead="What is invalid, by the catalog, concurrently.",
        commands=("emergency", "reindex", "indexes invalid"),
    ),
    Item(
        number="13.5",
        title="Clear the query cache",
        written="The TRUNCATE takes an exclusive lock under its readers, and leaves Redis full.",
        instead="Expired rows in batches; keys of Redis by prefix with SCAN and UNLINK.",
        commands=("cache purge", "cache clear"),
    ),
    Item(
        number="13.6",
        title="Restart the pooler",
        written="Ends open transactions and drops every client; the namespace is guessed.",
        instead="Last of all, by the program that the settings name, without a shell, then asked whether it serves again.",
        commands=("emergency", "pool restart"),
    ),
)

NEVER = (
    "pg_stat_reset(): it blinds autovacuum and makes every index look unused.",
    "The order REINDEX SCHEMA: it stops even readers that use none of the indexes.",
    "Ending sessions in bulk by one statement: it strikes replication and index builds, and spares who holds the lock.",
    "Settings by ALTER SYSTEM: a list set to nothing can keep the server from starting again.",
    "get_cached_query as written: it runs any SQL with the rights of whoever asks.",
    "A TRUNCATE of a table that is read, and free SQL of any kind.",
)
"""What Scout never does, whoever asks, and why."""
