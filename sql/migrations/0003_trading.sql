-- Accounts, orders and what came of them. Hot tables keep no foreign keys but one: an execution's order. What the others would
-- have guarded is proved by anti-joins (qfd verify).
--
-- Columns named _open are the schema's own: computed from the row, they change once in a life, when the row ends. Indexes over
-- open rows are built on them and not on the state, because a change of an indexed column forbids PostgreSQL its cheap update
-- inside the page (HOT) - and the state changes with every step.
CREATE TABLE accounts (
    name     text        NOT NULL PRIMARY KEY,
    owner    text        NOT NULL REFERENCES users,
    strategy text,
    book     text        NOT NULL,
    currency text        NOT NULL,
    closed   boolean     NOT NULL,
    created  timestamptz NOT NULL
);

CREATE TABLE orders (
    id        bigint         NOT NULL PRIMARY KEY CHECK (id > 0),
    ref       text           NOT NULL,
    account   text           NOT NULL,
    symbol    text           NOT NULL,
    side      text           NOT NULL CHECK (side IN ('BUY', 'SELL')),
    type      text           NOT NULL CHECK (type IN ('MARKET', 'LIMIT')),
    tif       text           NOT NULL CHECK (tif IN ('DAY', 'GTC', 'IOC', 'FOK')),
    quantity  numeric(19,8)  NOT NULL CHECK (quantity > 0),
    price     numeric(19,8),
    filled    numeric(19,8)  NOT NULL CHECK (filled >= 0),
    value     numeric(38,16) NOT NULL,
    fees      numeric(38,8)  NOT NULL,
    state     text           NOT NULL CHECK (state IN ('PENDING', 'SENT', 'WORKING', 'PARTIAL', 'FILLED', 'CANCELLED', 'EXPIRED',
                                                       'REJECTED', 'UNKNOWN')),
    reason    text,
    by        text           NOT NULL,
    venue     text           NOT NULL,
    cancel_by text,
    at        timestamptz    NOT NULL,
    created   timestamptz    NOT NULL,
    updated   timestamptz    NOT NULL,
    fills     bigint         NOT NULL,
    arrival   numeric(19,8),
    _open     boolean        NOT NULL
              GENERATED ALWAYS AS (state IN ('PENDING', 'SENT', 'WORKING', 'PARTIAL', 'UNKNOWN')) STORED,
    CHECK (type <> 'LIMIT' OR price IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX orders_account ON orders (account, id);
CREATE INDEX orders_symbol ON orders (symbol, id);
CREATE INDEX orders_open ON orders (id) WHERE _open;

CREATE TABLE executions (
    id       bigint        NOT NULL PRIMARY KEY CHECK (id > 0),
    order_id bigint        REFERENCES orders,
    account  text          NOT NULL,
    symbol   text          NOT NULL,
    side     text          NOT NULL CHECK (side IN ('BUY', 'SELL')),
    quantity numeric(19,8) NOT NULL CHECK (quantity > 0),
    price    numeric(19,8) NOT NULL,
    fee      numeric(38,8) NOT NULL,
    currency text          NOT NULL,
    amount   numeric(38,8) NOT NULL,
    realized numeric(38,8) NOT NULL,
    venue    text          NOT NULL,
    exec_id  text          NOT NULL,
    at       timestamptz   NOT NULL,
    recorded timestamptz   NOT NULL,
    UNIQUE (venue, exec_id)
);
CREATE INDEX executions_order ON executions (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX executions_account ON executions (account, id);
CREATE INDEX executions_symbol ON executions (symbol, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON executions
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE lots (
    id        bigint        NOT NULL PRIMARY KEY CHECK (id > 0),
    account   text          NOT NULL,
    symbol    text          NOT NULL,
    quantity  numeric(19,8) NOT NULL,
    remaining numeric(19,8) NOT NULL,
    price     numeric(19,8) NOT NULL,
    execution bigint        NOT NULL,
    opened    timestamptz   NOT NULL,
    _open     boolean       NOT NULL GENERATED ALWAYS AS (remaining <> 0) STORED,
    CHECK (CASE WHEN quantity > 0 THEN remaining BETWEEN 0 AND quantity ELSE remaining BETWEEN quantity AND 0 END)
) WITH (fillfactor = 70);
CREATE INDEX lots_open ON lots (id) WHERE _open;

CREATE TABLE positions (
    account       text           NOT NULL,
    symbol        text           NOT NULL,
    quantity      numeric(19,8)  NOT NULL,
    cost          numeric(38,16) NOT NULL,
    fifo_cost     numeric(38,16) NOT NULL,
    realized      numeric(38,8)  NOT NULL,
    fifo_realized numeric(38,8)  NOT NULL,
    fees          numeric(38,8)  NOT NULL,
    currency      text           NOT NULL,
    trade_id      bigint,
    day           timestamptz    NOT NULL,
    day_quantity  numeric(19,8)  NOT NULL,
    day_close     numeric(19,8),
    day_flow      numeric(38,8)  NOT NULL,
    updated       timestamptz    NOT NULL,
    CHECK (quantity <> 0 OR (cost = 0 AND fifo_cost = 0)),
    PRIMARY KEY (account, symbol)
) WITH (fillfactor = 50);

CREATE TABLE trades (
    id              bigint         NOT NULL PRIMARY KEY CHECK (id > 0),
    account         text           NOT NULL,
    symbol          text           NOT NULL,
    side            text           NOT NULL CHECK (side IN ('BUY', 'SELL')),
    state           text           NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    opened          timestamptz    NOT NULL,
    closed          timestamptz,
    quantity        numeric(19,8)  NOT NULL,
    closed_quantity numeric(19,8)  NOT NULL,
    entry_cost      numeric(38,16) NOT NULL,
    exit_value      numeric(38,16) NOT NULL,
    realized        numeric(38,8)  NOT NULL,
    fees            numeric(38,8)  NOT NULL,
    executions      bigint         NOT NULL,
    currency        text           NOT NULL,
    CHECK ((state = 'CLOSED') = (closed IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX trades_account ON trades (account, id);
CREATE INDEX trades_symbol ON trades (symbol, id);
CREATE INDEX trades_open ON trades (id) WHERE state = 'OPEN';

CREATE TABLE cash (
    account  text          NOT NULL,
    currency text          NOT NULL,
    balance  numeric(38,8) NOT NULL,
    flows    numeric(38,8) NOT NULL,
    updated  timestamptz   NOT NULL,
    PRIMARY KEY (account, currency)
) WITH (fillfactor = 50);

CREATE TABLE ledger (
    id        bigint        NOT NULL PRIMARY KEY CHECK (id > 0),
    account   text          NOT NULL,
    currency  text          NOT NULL,
    kind      text          NOT NULL CHECK (kind IN ('TRADE', 'FEE', 'DEPOSIT', 'WITHDRAWAL')),
    amount    numeric(38,8) NOT NULL,
    execution bigint,
    note      text,
    by        text          NOT NULL,
    at        timestamptz   NOT NULL,
    recorded  timestamptz   NOT NULL
);
CREATE INDEX ledger_account ON ledger (account, id);

-- What a book was worth at one instant of market time; account '' is the firm.
CREATE TABLE equity (
    account    text          NOT NULL,
    at         timestamptz   NOT NULL,
    equity     numeric(38,8) NOT NULL,
    cash       numeric(38,8) NOT NULL,
    realized   numeric(38,8) NOT NULL,
    unrealized numeric(38,8) NOT NULL,
    fees       numeric(38,8) NOT NULL,
    flows      numeric(38,8) NOT NULL,
    gross      numeric(38,8) NOT NULL,
    net        numeric(38,8) NOT NULL,
    incomplete boolean       NOT NULL,
    recorded   timestamptz   NOT NULL,
    PRIMARY KEY (account, at)
);
