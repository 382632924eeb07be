What must hold in the tables, whatever happened: sums, anti-joins in place of the foreign keys the hot tables do without, numbers. Each
statement gives the keys of rows that do not hold, at most 1,000 of them. They run in one snapshot.

-- name: verify_order_fills
-- An order's fills, quantity, value and fees are the sums of its executions.
SELECT o.id::text FROM orders o LEFT JOIN instruments i USING (symbol)
LEFT JOIN (SELECT order_id, count(*) AS n, sum(quantity) AS quantity, sum(price * quantity) AS value, sum(fee) AS fee
           FROM executions WHERE order_id IS NOT NULL GROUP BY order_id) e ON e.order_id = o.id
WHERE (o.fills, o.filled, o.fees) IS DISTINCT FROM (coalesce(e.n, 0), coalesce(e.quantity, 0), coalesce(e.fee, 0))
   OR o.value IS DISTINCT FROM coalesce(e.value, 0) * coalesce(i.multiplier, 1) LIMIT 1000
-- name: verify_filled_orders
-- An order is FILLED when all of it is.
SELECT id::text FROM orders WHERE (state = 'FILLED' AND filled < quantity) OR (state IN ('PENDING', 'SENT', 'WORKING') AND filled > 0)
   OR (state = 'PARTIAL' AND (filled = 0 OR filled >= quantity)) LIMIT 1000
-- name: verify_execution_orders
-- An execution's order exists and is of the same account, symbol and side.
SELECT e.id::text FROM executions e LEFT JOIN orders o ON o.id = e.order_id
WHERE e.order_id IS NOT NULL AND (o.id IS NULL OR (o.account, o.symbol, o.side) <> (e.account, e.symbol, e.side)) LIMIT 1000
-- name: verify_execution_once
-- No fill is booked twice; looked at without the index that should keep it so.
SELECT venue || ' ' || exec_id FROM (SELECT venue || '' AS venue, exec_id || '' AS exec_id FROM executions) e
GROUP BY venue, exec_id HAVING count(*) > 1 LIMIT 1000
-- name: verify_execution_amounts
-- The cash of a fill is price x quantity x multiplier, rounded once, half to even.
SELECT id::text FROM (SELECT e.id, e.amount, CASE e.side WHEN 'BUY' THEN -1 ELSE 1 END * e.price * e.quantity * i.multiplier AS exact
                      FROM executions e JOIN instruments i USING (symbol)) x
WHERE amount <> CASE WHEN abs(exact - trunc(exact, 8)) = 0.000000005 AND trunc(exact * 100000000) % 2 = 0 THEN trunc(exact, 8)
                     ELSE round(exact, 8) END LIMIT 1000
-- name: verify_execution_ledger
-- An execution's cash and fee stand in the ledger, once each, in its account.
SELECT e.id::text FROM executions e
LEFT JOIN (SELECT execution, account, sum(amount) FILTER (WHERE kind = 'TRADE') AS trade, sum(amount) FILTER (WHERE kind = 'FEE') AS fee,
                  count(*) FILTER (WHERE kind = 'TRADE') AS trades, count(*) FILTER (WHERE kind = 'FEE') AS fees
           FROM ledger WHERE execution IS NOT NULL GROUP BY execution, account) l ON l.execution = e.id AND l.account = e.account
WHERE l.trades IS DISTINCT FROM 1 OR l.trade IS DISTINCT FROM e.amount OR coalesce(l.fee, 0) <> -e.fee OR l.fees > 1 LIMIT 1000
-- name: verify_ledger_executions
-- Nothing in the ledger belongs to an execution that is not there; trades and fees belong to one.
SELECT l.id::text FROM ledger l LEFT JOIN executions e ON e.id = l.execution
WHERE (l.execution IS NOT NULL AND e.id IS NULL) OR (l.kind IN ('TRADE', 'FEE')) <> (l.execution IS NOT NULL) LIMIT 1000
-- name: verify_positions
-- A position is the sum of its executions: quantity, realised profit, fees.
SELECT coalesce(p.account, e.account) || ' ' || coalesce(p.symbol, e.symbol) FROM positions p
FULL JOIN (SELECT account, symbol, sum(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END) AS quantity, sum(realized) AS realized,
                  sum(fee) AS fees FROM executions GROUP BY account, symbol) e ON (e.account, e.symbol) = (p.account, p.symbol)
WHERE coalesce(p.quantity, 0) <> coalesce(e.quantity, 0) OR coalesce(p.realized, 0) <> coalesce(e.realized, 0)
   OR coalesce(p.fees, 0) <> coalesce(e.fees, 0) LIMIT 1000
-- name: verify_lots
-- The open lots are the position: quantity and exact cost, first in first out.
SELECT coalesce(p.account, l.account) || ' ' || coalesce(p.symbol, l.symbol) FROM positions p
FULL JOIN (SELECT l.account, l.symbol, sum(l.remaining) AS quantity, sum(l.remaining * l.price * i.multiplier) AS cost
           FROM lots l JOIN instruments i USING (symbol) WHERE l._open GROUP BY l.account, l.symbol) l
ON (l.account, l.symbol) = (p.account, p.symbol)
WHERE coalesce(p.quantity, 0) <> coalesce(l.quantity, 0) OR coalesce(p.fifo_cost, 0) <> coalesce(l.cost, 0) LIMIT 1000
-- name: verify_lot_executions
-- The execution that opened a lot exists.
SELECT l.id::text FROM lots l LEFT JOIN executions e ON e.id = l.execution
WHERE e.id IS NULL OR (e.account, e.symbol) <> (l.account, l.symbol) LIMIT 1000
-- name: verify_trades
-- A position that is not flat has one open round trip, a flat one none; round trips together realised what the position did.
SELECT coalesce(p.account, t.account) || ' ' || coalesce(p.symbol, t.symbol) FROM positions p
FULL JOIN (SELECT account, symbol, count(*) FILTER (WHERE state = 'OPEN') AS open, max(id) FILTER (WHERE state = 'OPEN') AS id,
                  sum(realized) AS realized FROM trades GROUP BY account, symbol) t ON (t.account, t.symbol) = (p.account, p.symbol)
WHERE coalesce(t.open, 0) <> CASE WHEN coalesce(p.quantity, 0) = 0 THEN 0 ELSE 1 END
   OR p.trade_id IS DISTINCT FROM t.id OR coalesce(p.realized, 0) <> coalesce(t.realized, 0) LIMIT 1000
-- name: verify_cash
-- Cash is the sum of its ledger; flows are the deposits less the withdrawals.
SELECT coalesce(c.account, l.account) || ' ' || coalesce(c.currency, l.currency) FROM cash c
FULL JOIN (SELECT account, currency, sum(amount) AS balance,
                  coalesce(sum(amount) FILTER (WHERE kind IN ('DEPOSIT', 'WITHDRAWAL')), 0) AS flows
           FROM ledger GROUP BY account, currency) l ON (l.account, l.currency) = (c.account, c.currency)
WHERE coalesce(c.balance, 0) <> coalesce(l.balance, 0) OR coalesce(c.flows, 0) <> coalesce(l.flows, 0) LIMIT 1000
-- name: verify_accounts
-- Every account that is named exists.
SELECT DISTINCT n.account FROM (SELECT account FROM orders UNION SELECT account FROM executions UNION SELECT account FROM lots
    UNION SELECT account FROM positions UNION SELECT account FROM trades UNION SELECT account FROM cash UNION SELECT account FROM ledger) n
WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.name = n.account) LIMIT 1000
-- name: verify_symbols
-- Every instrument that is named exists.
SELECT DISTINCT n.symbol FROM (SELECT symbol FROM orders UNION SELECT symbol FROM executions UNION SELECT symbol FROM lots
    UNION SELECT symbol FROM positions UNION SELECT symbol FROM trades) n
WHERE NOT EXISTS (SELECT FROM instruments i WHERE i.symbol = n.symbol) LIMIT 1000
-- name: verify_audited_orders
-- Every order that somebody placed has a row of the audit trail with its reference.
SELECT o.id::text FROM orders o WHERE o.ref <> ''
AND NOT EXISTS (SELECT FROM control_log c WHERE c.username = o.by AND c.ref = o.ref AND c.outcome = 'done') LIMIT 1000
-- name: verify_requests
-- An answered write has its row of the audit trail.
SELECT r.username || ' ' || r.ref FROM requests r LEFT JOIN control_log c ON c.cmd_no = r.cmd_no
WHERE c.cmd_no IS NULL OR (c.username, coalesce(c.ref, '')) <> (r.username, r.ref) LIMIT 1000
-- name: verify_audit_numbers
-- The audit trail is numbered from 1 without a gap.
SELECT cmd_no::text FROM (SELECT cmd_no, row_number() OVER (ORDER BY cmd_no) AS n FROM control_log) c WHERE cmd_no <> n LIMIT 1000
-- name: verify_audit_chain
-- Each row carries the hash of the one before; the first one carries zeros.
SELECT cmd_no::text FROM (SELECT cmd_no, prev, lag(hash, 1, repeat('0', 64)) OVER (ORDER BY cmd_no) AS wanted FROM control_log) c
WHERE prev <> wanted LIMIT 1000
-- name: verify_approvals
-- Nothing was granted by who asked for it.
SELECT id::text FROM approvals WHERE state = 'GRANTED' AND (decided_by IS NULL OR decided_by = asked_by) LIMIT 1000
-- name: verify_breakers
-- A breaker is tripped because the trail says that it tripped.
SELECT b.code || ' ' || b.scope || ' ' || b.name FROM breakers b WHERE b.tripped
AND NOT EXISTS (SELECT FROM control_log c WHERE c.method = 'breaker.trip' AND c.outcome = 'done' AND c.username = 'breaker'
                AND position(coalesce(b.trip, '?') IN coalesce(c.detail, '')) > 0) LIMIT 1000
-- name: verify_counts
SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM executions)
