-- name: tables
-- Two thousand tables of fifty rows, each with a primary key and two more indexes; a batch has its own transaction.
do $$
begin
  for number in %(first)s .. %(last)s loop
    execute format('create table scout.load_%%s (id bigint primary key, store_id integer not null, note text, noted_at timestamptz not null)', number);
    execute format('insert into scout.load_%%s select i, mod(i, 7), repeat(''x'', 40), now() - i * interval ''1 hour'' from generate_series(1, 50) as i', number);
    execute format('create index on scout.load_%%s (store_id)', number);
    execute format('create index on scout.load_%%s (noted_at, store_id)', number);
    execute format('analyze scout.load_%%s', number);
  end loop;
end
$$;

-- name: census
-- How large did it become?
select
  (select count(*) from pg_class where relkind in ('r', 'p') and relnamespace = 'scout'::regnamespace) as tables,
  (select count(*) from pg_class where relkind in ('i', 'I') and relnamespace = 'scout'::regnamespace) as indexes,
  (select count(*) from pg_stat_statements) as statements;
