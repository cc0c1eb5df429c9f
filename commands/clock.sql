-- name: clock
-- What time is it there? Scout's own is compared with it: ages, deadlines and the freshness of data follow from both.
select clock_timestamp() as at;
