#!/bin/bash
# Before PostgreSQL starts: an initialisation that was broken off begins anew, and the account waymark gets the
# password of its file, so that a new one in .env takes effect.
set -euo pipefail

if [ "${1:-}" = postgres ] && [ ! -e "$WAYMARK_INITIALISED" ] && [ -n "$(ls -A "$PGDATA" 2>/dev/null)" ]; then
  aside=$PGDATA.incomplete-$(date +%s)
  echo "The database in $PGDATA was not initialised to its end: it is moved to $aside, and a new one is made"
  mv "$PGDATA" "$aside"
fi
if [ "${1:-}" = postgres ] && [ -e "$WAYMARK_INITIALISED" ]; then
  password=$(<"$WAYMARK_PASSWORD_FILE")
  postgres --single -D "$PGDATA" postgres >/dev/null <<SQL
ALTER ROLE waymark PASSWORD '${password//\'/\'\'}'
SQL
fi
exec docker-entrypoint.sh "$@"
