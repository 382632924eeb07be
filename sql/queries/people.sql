The audit trail and answered writes.

-- name: audit_page
SELECT * FROM control_log WHERE cmd_no < $1::bigint AND ($2::text IS NULL OR username = $2) AND ($3::text IS NULL OR method = $3)
ORDER BY cmd_no DESC LIMIT $4::bigint
-- name: audit_range
-- The chain from $1 on, oldest first, for checking it link by link.
SELECT * FROM control_log WHERE cmd_no >= $1::bigint ORDER BY cmd_no LIMIT $2::bigint
-- name: request_by_ref
SELECT * FROM requests WHERE username = $1::text AND ref = $2::text
-- name: requests_prune
-- In portions: the index over `at` finds where the old ones lie.
DELETE FROM requests WHERE ctid = ANY (ARRAY(SELECT ctid FROM requests WHERE at < $1::timestamptz LIMIT 10000))
