Whole tables for exports, in the order of their keys: account $1, symbol $2, from $3 on, before $4; a filter that is NULL is none.
Read by cursor, from one snapshot.

-- name: export_orders
SELECT * FROM orders WHERE ($1::text IS NULL OR account = $1) AND ($2::text IS NULL OR symbol = $2)
AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4) ORDER BY id
-- name: export_executions
SELECT * FROM executions WHERE ($1::text IS NULL OR account = $1) AND ($2::text IS NULL OR symbol = $2)
AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4) ORDER BY id
-- name: export_trades
-- By when they were opened.
SELECT * FROM trades WHERE ($1::text IS NULL OR account = $1) AND ($2::text IS NULL OR symbol = $2)
AND ($3::timestamptz IS NULL OR opened >= $3) AND ($4::timestamptz IS NULL OR opened < $4) ORDER BY id
-- name: export_positions
SELECT * FROM positions WHERE ($1::text IS NULL OR account = $1) AND ($2::text IS NULL OR symbol = $2)
AND ($3::timestamptz IS NULL OR updated >= $3) AND ($4::timestamptz IS NULL OR updated < $4) ORDER BY account, symbol
-- name: export_audit
SELECT * FROM control_log WHERE $1::text IS NULL AND $2::text IS NULL
AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4) ORDER BY cmd_no
-- name: export_ledger
-- A movement of cash has a symbol by its execution only.
SELECT l.* FROM ledger l WHERE ($1::text IS NULL OR l.account = $1)
AND ($2::text IS NULL OR EXISTS (SELECT FROM executions e WHERE e.id = l.execution AND e.symbol = $2))
AND ($3::timestamptz IS NULL OR l.at >= $3) AND ($4::timestamptz IS NULL OR l.at < $4) ORDER BY l.id
-- name: export_equity
SELECT * FROM equity WHERE ($1::text IS NULL OR account = $1) AND $2::text IS NULL
AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4) ORDER BY account, at

-- How many there are, when all are wanted. Numbers have no gaps: the highest one tells, and counting would read the whole table.
-- name: export_orders_total
SELECT coalesce(max(id), 0) AS total FROM orders
-- name: export_executions_total
SELECT coalesce(max(id), 0) AS total FROM executions
-- name: export_trades_total
SELECT coalesce(max(id), 0) AS total FROM trades
-- name: export_positions_total
SELECT count(*) AS total FROM positions
-- name: export_audit_total
SELECT coalesce(max(cmd_no), 0) AS total FROM control_log
-- name: export_ledger_total
SELECT coalesce(max(id), 0) AS total FROM ledger
