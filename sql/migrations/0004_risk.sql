-- What is allowed, who agreed, and what was measured.
CREATE TABLE limits (
    scope   text          NOT NULL CHECK (scope IN ('firm', 'strategy', 'trader', 'account', 'sector', 'symbol')),
    name    text          NOT NULL,
    control text          NOT NULL CHECK (control IN ('HALTED', 'NOT_AUTHORISED', 'UNKNOWN_SYMBOL', 'MAX_QTY', 'MAX_NOTIONAL',
                                                      'PRICE_BAND', 'TICK', 'LOT', 'MD_STALE', 'DUPLICATE', 'MSG_RATE', 'POSITION',
                                                      'GROSS_EXPOSURE', 'CASH', 'NO_RATE', 'CAPACITY')),
    hard    numeric(38,8) NOT NULL,
    warn    numeric(38,8),
    owner   text          NOT NULL,
    reason  text          NOT NULL,
    until   timestamptz,
    updated timestamptz   NOT NULL,
    PRIMARY KEY (scope, name, control)
);

CREATE TABLE trading_state (
    scope   text        NOT NULL CHECK (scope IN ('firm', 'strategy', 'trader', 'account', 'sector', 'symbol')),
    name    text        NOT NULL,
    state   text        NOT NULL CHECK (state IN ('ACTIVE', 'CLOSE_ONLY', 'CANCEL_ONLY', 'HALTED')),
    n       bigint      NOT NULL CHECK (n >= 0),
    latched boolean     NOT NULL,
    reason  text        NOT NULL,
    by      text        NOT NULL,
    since   timestamptz NOT NULL,
    PRIMARY KEY (scope, name)
);

-- Two people: whatever the programs do, a row that says granted has a second person in it. Taking back one's own request is the
-- only decision the first person may make.
CREATE TABLE approvals (
    id         bigint      NOT NULL PRIMARY KEY CHECK (id > 0),
    method     text        NOT NULL,
    args       text        NOT NULL,
    before     text        NOT NULL,
    after      text        NOT NULL,
    asked_by   text        NOT NULL REFERENCES users,
    asked      timestamptz NOT NULL,
    reason     text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('PENDING', 'GRANTED', 'DENIED', 'WITHDRAWN', 'EXPIRED', 'STALE')),
    decided_by text        REFERENCES users,
    decided    timestamptz,
    expires    timestamptz NOT NULL,
    CONSTRAINT approvals_second_person CHECK (decided_by <> asked_by OR state = 'WITHDRAWN'),
    CONSTRAINT approvals_somebody CHECK (state <> 'GRANTED' OR decided_by IS NOT NULL)
);

-- One measured figure of a book, a strategy or an instrument. A statistic that is not defined has a reason in place of a value.
CREATE TABLE risk_metrics (
    scope    text        NOT NULL CHECK (scope IN ('firm', 'strategy', 'trader', 'account', 'sector', 'symbol')),
    name     text        NOT NULL,
    metric   text        NOT NULL,
    at       timestamptz NOT NULL,
    value    double precision,
    reason   text,
    method   text        NOT NULL,
    recorded timestamptz NOT NULL,
    CHECK ((value IS NULL) = (reason IS NOT NULL)),
    PRIMARY KEY (scope, name, metric, at)
);

-- Models by name and version. What a version is never changes: its file is known by its hash. Promotion takes a second person.
CREATE TABLE ai_models (
    name        text        NOT NULL,
    version     bigint      NOT NULL CHECK (version > 0),
    stage       text        NOT NULL CHECK (stage IN ('draft', 'shadow', 'champion', 'retired')),
    artifact    text        NOT NULL CHECK (length(artifact) = 64),
    manifest    text        NOT NULL,
    metrics     text        NOT NULL,
    added_by    text        NOT NULL REFERENCES users,
    added       timestamptz NOT NULL,
    promoted_by text        REFERENCES users,
    promoted    timestamptz,
    CONSTRAINT ai_models_second_person CHECK (promoted_by <> added_by),
    CONSTRAINT ai_models_somebody CHECK (stage <> 'champion' OR promoted_by IS NOT NULL),
    PRIMARY KEY (name, version)
);
CREATE UNIQUE INDEX ai_models_champion ON ai_models (name) WHERE stage = 'champion';
