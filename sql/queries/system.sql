Events, approvals, the server itself.

-- name: events_page
-- $2: the least severity, as a word.
SELECT * FROM system_events WHERE id < $1::bigint
AND CASE $2::text WHEN 'error' THEN severity = 'error' WHEN 'warn' THEN severity <> 'info' ELSE true END
ORDER BY id DESC LIMIT $3::bigint
-- name: approvals_newest
SELECT * FROM approvals ORDER BY id DESC LIMIT 500
-- name: server_sample
SELECT pg_database_size(current_database()) AS size, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
       AS connections, (SELECT count(*) FROM pg_locks WHERE NOT granted) AS waiting,
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS wal, current_setting('server_version') AS version
