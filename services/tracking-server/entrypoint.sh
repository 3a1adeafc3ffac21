#!/bin/sh
# Turns each secret's file into the variable that PostgreSQL's and S3's clients read, then becomes the server.
set -eu
for name in PGPASSWORD AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; do
  eval "file=\${${name}_FILE:-}"
  if [ -n "$file" ]; then
    export "$name=$(cat "$file")"
    unset "${name}_FILE"
  fi
done
exec node packages/cli/src/main.ts server "$@"
