#!/bin/bash
# Gives the account waymark the password of its file on every start, so that a new one in .env takes effect.
set -euo pipefail

if [ "${1:-}" = postgres ] && [ -s "$PGDATA/PG_VERSION" ]; then
  password=$(<"$WAYMARK_PASSWORD_FILE")
  postgres --single -D "$PGDATA" postgres >/dev/null <<SQL
ALTER ROLE waymark PASSWORD '${password//\'/\'\'}'
SQL
fi
exec docker-entrypoint.sh "$@"
