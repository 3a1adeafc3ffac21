#!/bin/bash
# ds-environment: packages as the lockfile says, then what WAYMARK_MODE asks for.
set -euo pipefail
cd /workspace
rm -f /tmp/ready # of the start before this one

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

mode=${WAYMARK_MODE:-laboratory}
case $mode in
  laboratory | production) ;;
  *) fail "Cannot start in mode \"$mode\": there are laboratory and production. Correct WAYMARK_MODE in .env" ;;
esac
[ -w node_modules ] || fail "Cannot write to the volume node-modules: another account filled it before this one, $(id -u):$(id -g)." \
  'Make it anew: docker compose down, then docker volume rm with the name that docker volume ls shows for it'

# The volume was filled from the image, whose lockfile may be another one by now.
node tools/ensure-install.mjs

if [ $# -gt 0 ]; then exec "$@"; fi
touch /tmp/ready
if [ "$mode" = production ]; then exec node services/ds-environment/src/main.ts; fi

trap 'exit 0' TERM INT
echo 'ds-environment waits. Go in with: docker compose exec ds-environment bash'
sleep infinity &
wait
