#!/bin/bash
# Runs once, on an empty volume: the account of the tracking server owns its database and is no superuser.
set -euo pipefail
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set password `cat "$WAYMARK_PASSWORD_FILE"`
CREATE ROLE waymark LOGIN PASSWORD :'password';
CREATE DATABASE waymark OWNER waymark;
REVOKE ALL ON DATABASE waymark FROM PUBLIC;
SQL
# The last step: entrypoint.sh takes a database without it for one whose initialisation was broken off.
sync "$PGDATA" && touch "$WAYMARK_INITIALISED"
