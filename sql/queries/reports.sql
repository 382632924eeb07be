What a report is made of: everything as it stood at a close, and as it was known when that close was recorded.

-- name: report_close
-- The firm's last close at or before $1 (null: the newest) that was recorded at or before $2 (null: now). A market day ends at midnight,
-- and its close has that time.
SELECT * FROM equity WHERE account = '' AND at <= coalesce($1::timestamptz, 'infinity') AND at = date_trunc('day', at)
AND recorded <= coalesce($2::timestamptz, 'infinity') ORDER BY at DESC LIMIT 1
-- name: report_first_close
SELECT * FROM equity WHERE account = '' AND at = date_trunc('day', at) ORDER BY at LIMIT 1
-- name: report_point
-- The firm's last point at or before $1.
SELECT * FROM equity WHERE account = '' AND at <= $1::timestamptz ORDER BY at DESC LIMIT 1
-- name: report_accounts
SELECT * FROM accounts WHERE created <= $1::timestamptz ORDER BY name
-- name: report_instruments
SELECT DISTINCT ON (symbol) symbol, name, tick, lot, currency, multiplier, venue, sector, feed, status, negative, updated
FROM instruments_history WHERE kept <= $1::timestamptz ORDER BY symbol, n DESC
-- name: report_rates
SELECT DISTINCT ON (currency) currency, value, symbol, inverse, updated
FROM rates_history WHERE kept <= $1::timestamptz ORDER BY currency, n DESC
-- name: report_limits
SELECT * FROM (SELECT DISTINCT ON (scope, name, control) scope, name, control, hard, warn, owner, reason, until, updated
               FROM limits_history WHERE kept <= $1::timestamptz ORDER BY scope, name, control, n DESC) newest
WHERE until IS NULL OR until > $1::timestamptz
-- name: report_breakers
-- A row that only counts for the row of all strategies is no breaker of its own until it trips.
SELECT * FROM (SELECT DISTINCT ON (code, scope, name) code, scope, name, level, window_s, action, tripped, since, trip, owner, reason, updated,
                      follows
               FROM breakers_history WHERE kept <= $1::timestamptz ORDER BY code, scope, name, n DESC) newest
WHERE tripped OR NOT follows
-- name: report_scenarios
SELECT * FROM (SELECT DISTINCT ON (name) name, shocks, since, until, off, owner, updated
               FROM scenarios_history WHERE kept <= $1::timestamptz ORDER BY name, n DESC) newest
WHERE NOT off ORDER BY name
-- name: report_holdings
-- Sums of all fills up to market time $1 that were known at wall time $2.
SELECT account, symbol, currency, count(*) AS fills, sum(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END)::numeric(38,8) AS quantity,
       sum(amount)::numeric(38,8) AS amount, sum(realized)::numeric(38,8) AS realized, sum(fee)::numeric(38,8) AS fees,
       sum(abs(amount))::numeric(38,8) AS traded
FROM executions WHERE at <= $1::timestamptz AND recorded <= $2::timestamptz
GROUP BY account, symbol, currency ORDER BY account, symbol, currency
-- name: report_executions
-- Fills behind $1, up to $2, known at $3.
SELECT * FROM executions WHERE at > $1::timestamptz AND at <= $2::timestamptz AND recorded <= $3::timestamptz ORDER BY at, id
-- name: report_trades
-- Round trips that ended behind $1, up to $2.
SELECT * FROM trades WHERE state = 'CLOSED' AND closed > $1::timestamptz AND closed <= $2::timestamptz ORDER BY closed, id
-- name: report_moves
-- What came into the books between the firm's points at $1 and $2, by currency; a currency nothing has moved in is there with zeros.
-- A close that was made of an earlier point (the daemon was away when its day ended) knows what that point knew: what counts is
-- when the first point with the same sums was recorded.
WITH knew AS (
    SELECT is_.at, (SELECT min(like_.recorded) FROM equity like_
                    WHERE like_.account = '' AND like_.at > is_.at - interval '1 day' AND like_.at <= is_.at
                    AND (like_.equity, like_.flows, like_.realized, like_.fees) = (is_.equity, is_.flows, is_.realized, is_.fees)) AS until
    FROM equity is_ WHERE is_.account = '' AND is_.at IN ($1::timestamptz, $2::timestamptz)),
span AS (SELECT coalesce((SELECT until FROM knew WHERE at = $1::timestamptz), '-infinity') AS since,
                (SELECT until FROM knew WHERE at = $2::timestamptz) AS until)
SELECT currency, coalesce(sum(flow) FILTER (WHERE recorded > since), 0)::numeric(38,8) AS flows,
       coalesce(sum(realized) FILTER (WHERE recorded > since), 0)::numeric(38,8) AS realized,
       coalesce(sum(fee) FILTER (WHERE recorded > since), 0)::numeric(38,8) AS fees
FROM (SELECT currency, recorded, amount AS flow, 0 AS realized, 0 AS fee FROM ledger WHERE kind IN ('DEPOSIT', 'WITHDRAWAL')
      UNION ALL SELECT currency, recorded, 0, realized, fee FROM executions) moves, span
WHERE recorded <= span.until GROUP BY currency ORDER BY currency
