#!/bin/sh
# Every statement of sql/queries prepares against the schema the migrations make, in a private PostgreSQL that lives as long as this
# test; run as the daemon's own role, with the search path it has.
. "$QF_SRC/tests/house/lib"

bin=$(sed -n 's/^PG_BINDIR = //p' "$QF_BUILD/Makefile" 2>/dev/null)
[ -x "${bin:=/usr/lib/postgresql/15/bin}/initdb" ] || { echo "1..0 # SKIP no PostgreSQL in $bin"; exit 0; }
as=''
if [ "$(id -u)" -eq 0 ]; then # initdb refuses root
    chmod 0755 "$tmp"
    as='setpriv --reuid=postgres --regid=postgres --init-groups'
fi
pg=$tmp/pg
mkdir "$pg"
[ -z "$as" ] || chown postgres: "$pg"
stop() {
    (cd "$pg" && $as "$bin/pg_ctl" -D "$pg/data" -m immediate -w stop >/dev/null 2>&1)
    rm -rf "$tmp"
}
trap stop EXIT
trap 'exit 1' INT TERM
(
    cd "$pg" &&
        $as "$bin/initdb" -D "$pg/data" -U qf_admin -E UTF8 --locale=C.UTF-8 --auth=trust --no-sync --no-instructions &&
        $as "$bin/pg_ctl" -D "$pg/data" -l "$pg/log" -w -o "-c listen_addresses= -c unix_socket_directories=$pg -c fsync=off \
            -c dynamic_shared_memory_type=mmap -c shared_buffers=16MB" start
) >"$tmp/start" 2>&1 || { sed 's/^/# /' "$tmp/start"; echo "Bail out! PostgreSQL does not start"; exit 1; }

sql() { "$bin/psql" -qXAt -v ON_ERROR_STOP=1 -h "$pg" -U "$1" -d "$2" 2>&1; }
echo "CREATE ROLE qf_owner LOGIN; CREATE ROLE qf_daemon LOGIN; CREATE DATABASE quantumfond OWNER qf_owner;" | sql qf_admin postgres >"$tmp/offences"
echo "CREATE SCHEMA qf; ALTER ROLE qf_owner SET search_path = qf; GRANT USAGE ON SCHEMA qf TO qf_daemon;" | sql qf_owner quantumfond >>"$tmp/offences"
for file in sql/migrations/*.sql; do
    { echo "BEGIN; SET LOCAL client_min_messages = warning;"; cat "$file"; echo ";COMMIT;"; } | sql qf_owner quantumfond | sed "s|^|$file: |"
done >>"$tmp/offences"
point "the migrations run one after the other" "$tmp/offences"

# One psql a statement: the first error ends it, and each has to be seen.
awk -v dir="$tmp" 'FNR == 1 { file = "" }
/^-- name: / { file = dir "/" $3 ".q"; printf "%s %s\n", $3, FILENAME; printf "SET search_path = qf; PREPARE %s AS\n", $3 >file; next }
file != "" { print >file }' sql/queries/*.sql >"$tmp/names"
count "statements looked at" "$(wc -l <"$tmp/names")"
while read -r name file; do
    sql qf_daemon quantumfond <"$tmp/$name.q" | sed "s|^|$file: $name: |"
done <"$tmp/names" >"$tmp/offences"
point "each statement prepares" "$tmp/offences"
finish
