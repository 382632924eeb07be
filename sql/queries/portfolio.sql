What the portfolio's risk is worked out from, and what earlier runs found.

-- name: risk_metrics_page
-- Metric $1 (null: every), of scope $2 and name $3, from before market time $4 (null: now): the newest $5.
SELECT * FROM risk_metrics
WHERE scope = $2::text AND name = $3::text AND at < coalesce($4::timestamptz, 'infinity') AND ($1::text IS NULL OR metric = $1::text)
ORDER BY at DESC, metric LIMIT $5::bigint
-- name: risk_last_run
-- Any figure of the newest run, for its number.
SELECT * FROM risk_metrics WHERE scope = 'firm' AND name = '' ORDER BY at DESC, metric LIMIT 1
-- name: closes_on
-- Every instrument's close of day $1; where there is none, the last one of the four days before.
SELECT b.* FROM instruments i
CROSS JOIN LATERAL (SELECT * FROM bars WHERE symbol = i.symbol AND period = 86400 AND at <= $1::timestamptz AND at > $1::timestamptz - interval '5 days'
                    ORDER BY at DESC LIMIT 1) b
ORDER BY b.symbol
