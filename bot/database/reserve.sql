-- What a connection of the operator is called, which is how a step is found again.

-- name: named
-- Values: application_name.
select set_config('application_name', %(application_name)s, false);

-- name: as_new
-- Nothing of the step before stays: settings, locks of the session, prepared statements.
discard all;
