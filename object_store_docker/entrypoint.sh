#!/bin/sh
set -eu
ROOT_ACCESS_KEY_ID=$(cat "$ROOT_ACCESS_KEY_ID_FILE")
ROOT_SECRET_ACCESS_KEY=$(cat "$ROOT_SECRET_ACCESS_KEY_FILE")
export ROOT_ACCESS_KEY_ID ROOT_SECRET_ACCESS_KEY
exec /usr/local/bin/docker-entrypoint.sh "$@"
