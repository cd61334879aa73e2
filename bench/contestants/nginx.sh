#!/bin/sh
# usage: nginx.sh PORT FOLDER. nginx takes its port from a file only, so one is made in FOLDER.
set -eu
sed "s/PORT/$1/" nginx.conf >"$2/nginx.conf"
exec nginx -e stderr -p "$2" -c "$2/nginx.conf"
