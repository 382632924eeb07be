-- The daemon's role changes rows, never tables. Events are added and nothing else: an execution or a row of the audit trail that was
-- written stays as it was written, also when the daemon is the one that is broken.
GRANT USAGE ON SCHEMA qf TO qf_daemon;
GRANT SELECT ON ALL TABLES IN SCHEMA qf TO qf_daemon;
GRANT INSERT ON control_log, executions, ledger, system_events, requests TO qf_daemon;
GRANT INSERT, UPDATE ON users, sessions, instruments, rates, accounts, limits, trading_state, approvals, orders, lots, positions, trades,
    cash, equity, incidents, bars, risk_metrics, ai_models TO qf_daemon;
GRANT DELETE ON requests TO qf_daemon;
GRANT UPDATE ON lease TO qf_daemon;
GRANT EXECUTE ON FUNCTION bars_make_partitions(timestamptz) TO qf_daemon;
