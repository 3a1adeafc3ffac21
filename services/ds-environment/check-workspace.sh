#!/bin/sh
# Before ds-environment starts: may its account write the repository that is mounted at /workspace? And makes
# node_modules there, as that account: the engine would make the mount point of the volume as root, and a later
# npm start on the host could not use it.
set -eu
cd /workspace

refused=
for place in . node_modules .waymark data data/processed models reports; do
  if [ -e "$place" ] && ! [ -w "$place" ]; then
    owner=$(stat -c %u:%g "$place")
    why="it belongs to $owner, and the container runs as $(id -u):$(id -g)"
    [ "${owner%:*}" = "$(id -u)" ] && why="it is mounted read-only, or its mode $(stat -c %A "$place") forbids it"
    echo "Cannot write to $place of the repository: $why" >&2
    refused=yes
  fi
done
if [ -n "$refused" ]; then
  echo 'Start it as the account that owns the folder: make start, or WAYMARK_USER=$(id -u):$(id -g) docker compose up' >&2
  exit 1
fi
mkdir -p node_modules
