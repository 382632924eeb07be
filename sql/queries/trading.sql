Pages of the big tables, newest first: rows below a number ($1), at most $4 of them. A filter that is NULL is none: the read
connection plans each execution with its values, so the index that fits is taken and page 1 costs the same at any size.

-- name: orders_page
SELECT * FROM orders WHERE id < $1::bigint AND ($2::text IS NULL OR account = $2) AND ($3::text IS NULL OR symbol = $3)
ORDER BY id DESC LIMIT $4::bigint
-- name: order_by_id
SELECT * FROM orders WHERE id = $1::bigint
-- name: executions_page
SELECT * FROM executions WHERE id < $1::bigint AND ($2::text IS NULL OR account = $2) AND ($3::text IS NULL OR symbol = $3)
ORDER BY id DESC LIMIT $4::bigint
-- name: executions_of_order
SELECT * FROM executions WHERE order_id = $1::bigint ORDER BY id LIMIT 500
-- name: execution_by_exec_id
SELECT * FROM executions WHERE venue = $1::text AND exec_id = $2::text
-- name: trades_page
SELECT * FROM trades WHERE id < $1::bigint AND ($2::text IS NULL OR account = $2) AND ($3::text IS NULL OR symbol = $3)
ORDER BY id DESC LIMIT $4::bigint
-- name: ledger_page
-- A movement of cash has a symbol by its execution only.
SELECT l.* FROM ledger l WHERE l.id < $1::bigint AND ($2::text IS NULL OR l.account = $2)
AND ($3::text IS NULL OR EXISTS (SELECT FROM executions e WHERE e.id = l.execution AND e.symbol = $3))
ORDER BY l.id DESC LIMIT $4::bigint
-- name: equity_points
-- Account $1 from $2 on, evenly thinned to at most $3 points; the newest is always among them.
SELECT account, at, equity, cash, realized, unrealized, fees, flows, gross, net, incomplete, recorded
FROM (SELECT e.*, row_number() OVER (ORDER BY at DESC) - 1 AS back, count(*) OVER () AS total
      FROM equity e WHERE account = $1::text AND at >= coalesce($2::timestamptz, '-infinity')) points
WHERE back % ((total + $3::bigint - 1) / $3::bigint) = 0
ORDER BY at
