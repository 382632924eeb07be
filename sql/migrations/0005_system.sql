-- The desk's own affairs.
CREATE TABLE system_events (
    id       bigint      NOT NULL PRIMARY KEY CHECK (id > 0),
    at       timestamptz NOT NULL,
    severity text        NOT NULL CHECK (severity IN ('info', 'warn', 'error')),
    source   text        NOT NULL,
    message  text        NOT NULL
);

CREATE TABLE incidents (
    id          bigint      NOT NULL PRIMARY KEY CHECK (id > 0),
    opened      timestamptz NOT NULL,
    severity    text        NOT NULL CHECK (severity IN ('info', 'warn', 'error')),
    state       text        NOT NULL CHECK (state IN ('open', 'resolved')),
    fingerprint text        NOT NULL,
    title       text        NOT NULL,
    detail      text
);
CREATE INDEX incidents_open ON incidents (id) WHERE state <> 'resolved';

-- Who writes: one row. Every batch locks it and asks for its own epoch; every connect of a write lane counts it up, so that whoever
-- connected before can write nothing any more. pid and started name the backend, instance the daemon behind it.
CREATE TABLE lease (
    one      boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    epoch    bigint      NOT NULL,
    pid      integer     NOT NULL,
    started  timestamptz NOT NULL,
    instance text        NOT NULL,
    host     text        NOT NULL,
    since    timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO lease (epoch, pid, started, instance, host, since) VALUES (0, 0, 'epoch', '', '', now());
