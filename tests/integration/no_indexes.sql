-- A schema without anything in it.
select 1;
