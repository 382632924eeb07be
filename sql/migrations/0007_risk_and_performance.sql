-- Breakers, stress scenarios, what each risk run measured; months and years of equity found without a walk.

ALTER TABLE limits DROP CONSTRAINT limits_control_check;
ALTER TABLE limits ADD CONSTRAINT limits_control_check
    CHECK (control IN ('HALTED', 'NOT_AUTHORISED', 'UNKNOWN_SYMBOL', 'MAX_QTY', 'MAX_NOTIONAL', 'PRICE_BAND', 'TICK', 'LOT', 'MD_STALE',
                       'DUPLICATE', 'MSG_RATE', 'POSITION', 'GROSS_EXPOSURE', 'CASH', 'NO_RATE', 'CAPACITY', 'NET_EXPOSURE', 'VAR_99_1D'));

-- A breaker that has tripped stays tripped over any restart: it is a row.
CREATE TABLE breakers (
    code     text          NOT NULL CHECK (code IN ('DAY_LOSS', 'DRAWDOWN', 'LOSS_STREAK', 'REJECT_STORM', 'MESSAGE_RATE', 'STALE_FEED',
                                                    'DATABASE')),
    scope    text          NOT NULL CHECK (scope IN ('firm', 'strategy', 'trader', 'account', 'sector', 'symbol')),
    name     text          NOT NULL,
    level    numeric(38,8) CHECK (level > 0),
    window_s bigint        NOT NULL CHECK (window_s >= 0),
    action   text          NOT NULL CHECK (action IN ('ACTIVE', 'CLOSE_ONLY', 'CANCEL_ONLY', 'HALTED')),
    tripped  boolean       NOT NULL,
    since    timestamptz,
    trip     text,
    owner    text          NOT NULL,
    reason   text          NOT NULL,
    updated  timestamptz   NOT NULL,
    follows  boolean       NOT NULL,
    streak   bigint        NOT NULL CHECK (streak >= 0),
    CHECK (tripped = (since IS NOT NULL)),
    CONSTRAINT breakers_place CHECK (CASE scope WHEN 'firm' THEN name = '' WHEN 'strategy' THEN name <> '' ELSE false END),
    CONSTRAINT breakers_action_stops CHECK (action <> 'ACTIVE'),
    PRIMARY KEY (code, scope, name)
);

-- Given moves of prices, or two days between which what happened is taken.
CREATE TABLE scenarios (
    name    text        NOT NULL PRIMARY KEY,
    shocks  text,
    since   timestamptz,
    until   timestamptz,
    off     boolean     NOT NULL,
    owner   text        NOT NULL,
    updated timestamptz NOT NULL,
    CHECK ((shocks IS NULL) = (since IS NOT NULL)),
    CHECK ((since IS NULL) = (until IS NULL) AND since < until)
);

ALTER TABLE risk_metrics ADD COLUMN run bigint NOT NULL DEFAULT 0, ADD COLUMN threshold double precision,
    ADD COLUMN status text NOT NULL DEFAULT 'no limit' CHECK (status IN ('no limit', 'ok', 'warn', 'breach'));
CREATE INDEX risk_metrics_newest ON risk_metrics (scope, name, at DESC, metric);
-- Fills come nearly in the order of market time: ranges of pages are enough, and cost the writer next to nothing.
CREATE INDEX executions_at ON executions USING brin (at);

GRANT SELECT, INSERT, UPDATE ON breakers, scenarios TO qf_daemon;
