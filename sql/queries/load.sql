The desk as it is read after each connect: one statement a step, in the order the loader runs them, each through a cursor inside one
read-only snapshot. Columns are found by name; those that begin with _ are the schema's own and are passed over.

-- name: load_users
SELECT * FROM users ORDER BY name
-- name: load_sessions
SELECT * FROM sessions WHERE ended IS NULL ORDER BY id
-- name: load_instruments
SELECT * FROM instruments ORDER BY symbol
-- name: load_rates
SELECT * FROM rates ORDER BY currency
-- name: load_accounts
SELECT * FROM accounts ORDER BY name
-- name: load_limits
-- Those whose time is over too: what they go back to is found by it.
SELECT * FROM limits ORDER BY scope, name, control
-- name: load_scenarios
SELECT * FROM scenarios ORDER BY name
-- name: load_breakers
SELECT * FROM breakers ORDER BY code, scope, name
-- name: load_trading_state
SELECT * FROM trading_state ORDER BY scope, name
-- name: load_approvals
-- Everything that waits, the newest of the others, and what a limit goes back to when its time is over.
SELECT * FROM approvals a WHERE state = 'PENDING' OR id > (SELECT max(id) FROM approvals) - 500
OR CASE WHEN state = 'GRANTED' AND method = 'limit.set'
        THEN EXISTS (SELECT FROM limits WHERE until = (a.args::json ->> 'until')::timestamptz) ELSE false END
ORDER BY id
-- name: load_orders
-- Everything open, and the newest 4,096 of the ended ones (QF_KEEP_CLOSED_ORDERS).
SELECT * FROM orders WHERE _open
UNION ALL
SELECT * FROM (SELECT * FROM orders WHERE NOT _open ORDER BY id DESC LIMIT 4096) ended ORDER BY id
-- name: load_executions
-- Only what tells a fill that was booked already; as many as the desk keeps (QF_MAX_EXEC_IDS). Numbers have no gaps.
SELECT id, venue, exec_id FROM executions WHERE id > (SELECT max(id) FROM executions) - 4194304 ORDER BY id
-- name: load_lots
SELECT * FROM lots WHERE _open ORDER BY id
-- name: load_positions
SELECT * FROM positions ORDER BY account, symbol
-- name: load_trades
SELECT * FROM trades WHERE state = 'OPEN' ORDER BY id
-- name: load_cash
SELECT * FROM cash ORDER BY account, currency
-- name: load_equity
-- The firm's newest points, oldest first, and the newest one of each account.
SELECT * FROM (SELECT * FROM equity WHERE account = '' ORDER BY at DESC LIMIT 2000) newest
UNION ALL
SELECT e.* FROM accounts a CROSS JOIN LATERAL (SELECT * FROM equity WHERE account = a.name ORDER BY at DESC LIMIT 1) e
ORDER BY at, account
-- name: load_system_events
SELECT * FROM (SELECT * FROM system_events ORDER BY id DESC LIMIT 4096) newest ORDER BY id
-- name: load_incidents
SELECT * FROM incidents WHERE state <> 'resolved' ORDER BY id
-- name: load_requests
-- Kept for 72 hours (QF_REQUEST_KEEP_US). The answers stay here until somebody asks again.
SELECT username, ref, at FROM requests WHERE at > now() - interval '72 hours' ORDER BY at
-- name: load_control_log
-- The head of the chain.
SELECT * FROM control_log ORDER BY cmd_no DESC LIMIT 1
-- name: load_bars
-- The newest stored bar of each instrument and period, and the one before it: where prices left off.
SELECT b.* FROM instruments i CROSS JOIN (VALUES (60::bigint), (86400::bigint)) p (period)
CROSS JOIN LATERAL (SELECT * FROM bars WHERE symbol = i.symbol AND period = p.period ORDER BY at DESC LIMIT 2) b
ORDER BY b.symbol, b.period, b.at

-- name: load_numbers
-- The highest number of each kind, so that none is given out twice; the highest equity of the firm with flows taken out, and what it
-- was at the last close before the month and the year of its newest point.
SELECT (SELECT coalesce(max(id), 0) FROM orders) AS orders, (SELECT coalesce(max(id), 0) FROM executions) AS executions,
       (SELECT coalesce(max(id), 0) FROM lots) AS lots, (SELECT coalesce(max(id), 0) FROM trades) AS trades,
       (SELECT coalesce(max(id), 0) FROM ledger) AS ledger, (SELECT coalesce(max(id), 0) FROM system_events) AS events,
       (SELECT coalesce(max(id), 0) FROM sessions) AS sessions, (SELECT coalesce(max(id), 0) FROM approvals) AS approvals,
       (SELECT coalesce(max(id), 0) FROM incidents) AS incidents, (SELECT coalesce(max(cmd_no), 0) FROM control_log) AS commands,
       (SELECT max(equity - flows)::numeric(38,8) FROM equity WHERE account = '' AND NOT incomplete) AS peak,
       month.level AS month_start, year.level AS year_start
FROM (SELECT max(at) AS at FROM equity WHERE account = '' AND NOT incomplete) newest
LEFT JOIN LATERAL (SELECT (equity - flows)::numeric(38,8) AS level FROM equity WHERE account = '' AND NOT incomplete
                   AND at <= date_trunc('month', newest.at) ORDER BY at DESC LIMIT 1) month ON true
LEFT JOIN LATERAL (SELECT (equity - flows)::numeric(38,8) AS level FROM equity WHERE account = '' AND NOT incomplete
                   AND at <= date_trunc('year', newest.at) ORDER BY at DESC LIMIT 1) year ON true
