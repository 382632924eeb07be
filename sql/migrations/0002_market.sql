-- What is traded, what it is worth, and its history.
CREATE TABLE instruments (
    symbol     text          NOT NULL PRIMARY KEY,
    name       text          NOT NULL,
    tick       numeric(19,8) NOT NULL CHECK (tick > 0),
    lot        numeric(19,8) NOT NULL CHECK (lot > 0),
    currency   text          NOT NULL,
    multiplier bigint        NOT NULL CHECK (multiplier > 0),
    venue      text          NOT NULL,
    sector     text          NOT NULL,
    feed       text          NOT NULL,
    status     text          NOT NULL CHECK (status IN ('OPEN', 'SUSPENDED', 'CLOSED')),
    negative   boolean       NOT NULL,
    updated    timestamptz   NOT NULL
);

CREATE TABLE rates (
    currency text          NOT NULL PRIMARY KEY,
    value    numeric(19,8) CHECK (value > 0),
    symbol   text          REFERENCES instruments,
    inverse  boolean       NOT NULL,
    updated  timestamptz   NOT NULL
);

-- Partitioned by month of market time, so that old history can be taken off in pieces. Whatever has no month yet goes into the
-- default partition and is moved when its month is made.
CREATE TABLE bars (
    symbol text          NOT NULL,
    period bigint        NOT NULL CHECK (period > 0),
    at     timestamptz   NOT NULL,
    open   numeric(19,8) NOT NULL,
    high   numeric(19,8) NOT NULL,
    low    numeric(19,8) NOT NULL,
    close  numeric(19,8) NOT NULL,
    volume numeric(19,8) NOT NULL CHECK (volume >= 0),
    CHECK (low <= high AND open BETWEEN low AND high AND close BETWEEN low AND high),
    PRIMARY KEY (symbol, period, at)
) PARTITION BY RANGE (at);
CREATE TABLE bars_default PARTITION OF bars DEFAULT;

-- Makes the partition of the month `since` lies in and of the three after it; returns how many were new. Runs with the owner's
-- rights because the daemon itself may change no table; the pinned search_path keeps a caller from slipping in tables of its own.
CREATE FUNCTION bars_make_partitions(since timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = qf, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    month_begins timestamptz;
    month_ends   timestamptz;
    part         text;
    made         integer := 0;
BEGIN
    IF since < '1970-01-01' OR since >= '2200-01-01' THEN
        RAISE EXCEPTION 'no partition for a bar of %', since USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('qf bars_make_partitions'));
    FOR i IN 0..3 LOOP
        month_begins := date_trunc('month', since) + make_interval(months => i);
        month_ends := month_begins + interval '1 month';
        part := 'bars_' || to_char(month_begins, 'YYYY_MM');
        CONTINUE WHEN to_regclass('qf.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE bars INCLUDING CONSTRAINTS)', part);
        EXECUTE format('WITH moved AS (DELETE FROM bars_default WHERE at >= %L AND at < %L RETURNING *)'
                       ' INSERT INTO %I SELECT * FROM moved', month_begins, month_ends, part);
        EXECUTE format('ALTER TABLE bars ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, month_begins, month_ends);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION bars_make_partitions(timestamptz) FROM PUBLIC;
