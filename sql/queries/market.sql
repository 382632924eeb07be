Stored bars.

-- name: bars_page
-- Symbol $1, period $2 seconds, from $3 on: the newest $4, oldest first.
SELECT * FROM (SELECT * FROM bars WHERE symbol = $1::text AND period = $2::bigint AND at >= coalesce($3::timestamptz, '-infinity')
               ORDER BY at DESC LIMIT $4::bigint) newest
ORDER BY at
-- name: bars_partitions
SELECT bars_make_partitions($1::timestamptz)
