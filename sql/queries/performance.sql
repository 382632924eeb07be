What performance is worked out from. Account $1: '' is the firm, NULL all accounts. $2, $3: from and to, market time, NULL = no end.

-- name: performance_closes
-- The last point of each market day, which ends at midnight, from the last one at or before $2 on, to $3. Each day is one step down the
-- primary key: it costs the same however many points a day has.
SELECT c.account, c.at, c.equity, c.flows, c.gross, c.incomplete
FROM (SELECT '' AS name WHERE $1::text = '' UNION ALL SELECT name FROM accounts WHERE $1::text IS NULL OR name = $1::text) a
CROSS JOIN LATERAL (
    WITH RECURSIVE days AS (
        (SELECT * FROM equity WHERE account = a.name AND at <= coalesce($3::timestamptz, 'infinity') ORDER BY at DESC LIMIT 1)
        UNION ALL
        SELECT before.* FROM days CROSS JOIN LATERAL (
            SELECT * FROM equity WHERE account = a.name AND at <= date_trunc('day', days.at - interval '1 microsecond')
            ORDER BY at DESC LIMIT 1) before
        WHERE days.at > coalesce($2::timestamptz, '-infinity'))
    SELECT * FROM days) c
ORDER BY c.account, c.at
-- name: performance_points
-- Every point of a time, the last one before it first.
SELECT c.account, c.at, c.equity, c.flows, c.gross, c.incomplete
FROM (SELECT '' AS name WHERE $1::text = '' UNION ALL SELECT name FROM accounts WHERE $1::text IS NULL OR name = $1::text) a
CROSS JOIN LATERAL (
    (SELECT * FROM equity WHERE account = a.name AND at <= $2::timestamptz ORDER BY at DESC LIMIT 1)
    UNION ALL
    SELECT * FROM equity WHERE account = a.name AND at > $2::timestamptz AND at <= coalesce($3::timestamptz, 'infinity')) c
ORDER BY c.account, c.at
-- name: performance_trades
-- Round trips closed in a time.
SELECT account, symbol, opened, closed, realized, fees, currency FROM trades
WHERE state = 'CLOSED' AND ($1::text IS NULL OR account = $1::text) AND ($4::text IS NULL OR symbol = $4::text)
AND closed > coalesce($2::timestamptz, '-infinity') AND closed <= coalesce($3::timestamptz, 'infinity')
ORDER BY closed, id
-- name: performance_traded
-- What was traded by account, symbol and market day.
SELECT account, symbol, date_trunc('day', at) AS day, currency, count(*) AS fills,
       sum(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END)::numeric(38,8) AS quantity, sum(amount)::numeric(38,8) AS amount,
       sum(fee)::numeric(38,8) AS fees, coalesce(sum(abs(amount)) FILTER (WHERE side = 'BUY'), 0)::numeric(38,8) AS bought,
       coalesce(sum(abs(amount)) FILTER (WHERE side = 'SELL'), 0)::numeric(38,8) AS sold
FROM executions WHERE ($1::text IS NULL OR account = $1::text) AND ($4::text IS NULL OR symbol = $4::text)
AND at > coalesce($2::timestamptz, '-infinity') AND at <= coalesce($3::timestamptz, 'infinity')
GROUP BY account, symbol, date_trunc('day', at), currency ORDER BY symbol, day, account
-- name: performance_bars
-- Daily closes of symbol $1 up to $3, from the last one at or before $2 on.
SELECT symbol, at, close FROM bars WHERE symbol = $1::text AND period = 86400 AND at <= coalesce($3::timestamptz, 'infinity')
AND at >= coalesce((SELECT max(at) FROM bars WHERE symbol = $1::text AND period = 86400 AND at <= $2::timestamptz), '-infinity')
ORDER BY at
-- name: performance_equal
-- The mean return of all instruments that have a close on a day and one before it, up to $1: equal weights, rebalanced daily.
SELECT at AS day, avg(r)::double precision AS r FROM (
    SELECT b.at, (b.close / nullif(lag(b.close) OVER (PARTITION BY i.symbol ORDER BY b.at), 0) - 1) AS r
    FROM instruments i CROSS JOIN LATERAL (
        SELECT at, close FROM bars WHERE symbol = i.symbol AND period = 86400 AND at <= coalesce($1::timestamptz, 'infinity')) b) moves
WHERE r IS NOT NULL GROUP BY at ORDER BY at
