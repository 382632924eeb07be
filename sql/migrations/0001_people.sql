-- Who may do what, and what was done. Runs as qf_owner inside one transaction; search_path is qf.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'qf_daemon') THEN
        RAISE EXCEPTION 'the role qf_daemon is missing: CREATE ROLE qf_daemon LOGIN';
    END IF;
END $$;

CREATE TABLE users (
    name        text        NOT NULL PRIMARY KEY,
    role        text        NOT NULL CHECK (role IN ('viewer', 'trader', 'risk', 'admin', 'feed', 'strategy')),
    os_uid      bigint      CHECK (os_uid BETWEEN 0 AND 4294967294),
    password    text,
    disabled    boolean     NOT NULL,
    must_change boolean     NOT NULL,
    created     timestamptz NOT NULL,
    updated     timestamptz NOT NULL,
    last_login  timestamptz
);
-- One person of the operating system is one user here, or a log-in would not say who it was.
CREATE UNIQUE INDEX users_os_uid ON users (os_uid) WHERE os_uid IS NOT NULL;

CREATE TABLE sessions (
    id         bigint      NOT NULL PRIMARY KEY,
    username   text        NOT NULL REFERENCES users,
    role       text        NOT NULL CHECK (role IN ('viewer', 'trader', 'risk', 'admin', 'feed', 'strategy')),
    jti        text        NOT NULL,
    source     text        NOT NULL,
    started    timestamptz NOT NULL,
    seen       timestamptz NOT NULL,
    expires    timestamptz NOT NULL,
    ended      timestamptz,
    end_reason text
) WITH (fillfactor = 70);
CREATE INDEX sessions_live ON sessions (id) WHERE ended IS NULL;

-- The audit trail: each row carries the hash of the one before. Rows are only ever added.
CREATE TABLE control_log (
    cmd_no   bigint      NOT NULL PRIMARY KEY CHECK (cmd_no > 0),
    at       timestamptz NOT NULL,
    username text        NOT NULL,
    role     text        NOT NULL,
    session  bigint,
    source   text        NOT NULL,
    method   text        NOT NULL,
    ref      text,
    outcome  text        NOT NULL CHECK (outcome IN ('done', 'refused', 'counted')),
    reason   text,
    args     text        NOT NULL,
    detail   text,
    prev     text        NOT NULL CHECK (length(prev) = 64),
    hash     text        NOT NULL CHECK (length(hash) = 64)
);
CREATE INDEX control_log_user ON control_log (username, cmd_no);
CREATE INDEX control_log_method ON control_log (method, cmd_no);

-- Answered writes of the last 72 hours. `at` only ever grows, so the smallest of all indexes finds what can go.
CREATE TABLE requests (
    username  text        NOT NULL,
    ref       text        NOT NULL,
    method    text        NOT NULL,
    args_hash text        NOT NULL CHECK (length(args_hash) = 64),
    cmd_no    bigint      NOT NULL,
    answer    text        NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (username, ref)
);
CREATE INDEX requests_at ON requests USING brin (at) WITH (pages_per_range = 32, autosummarize = on);

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or taken away', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON control_log
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
