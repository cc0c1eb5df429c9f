#!/bin/sh
# Makes the passwords that the services share, and the files that hold them; what is there already is kept.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

secret() {
  [ -s "secrets/$1" ] || head -c 24 /dev/urandom | base64 | tr '+/' 'ab' | tr -d '=\n' > "secrets/$1"
  cat "secrets/$1"
}

address() {
  [ -s "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"
}

secret postgres_password > /dev/null
app=$(secret app_password)
pool=$(secret pool_password)
address database_url "postgresql://scout_look:$(secret look_password)@postgres:5432/shop"
address database_operate_url "postgresql://scout_mend:$(secret mend_password)@postgres:5432/shop"
address pooler_url "postgresql://scout_pool:$pool@pgbouncer:6432/pgbouncer"
address redis_url "redis://:$(secret redis_password)@redis:6379/0"
printf '"shop_app" "%s"\n"scout_pool" "%s"\n' "$app" "$pool" > secrets/pgbouncer_users
# the services run as users of their own, and compose hands a file over with the mode it has
chmod 0444 secrets/*
chmod 0711 secrets
[ -e .env ] || cp env.example .env
echo "The secrets are in $(pwd)/secrets. Put the two tokens of Slack there, and fill in .env."
