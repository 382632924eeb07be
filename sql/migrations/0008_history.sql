-- What stood in a row before it was changed, for reports about a day that is over: limits, breakers, scenarios, rates and instruments as
-- they were then. The database keeps it by itself, so nobody can forget to. A column that is added to one of these tables later is
-- added to its history in the same migration; until then each change of the table fails, loudly. `kept` is when the database took it:
-- not every change has a time of its own.

CREATE SEQUENCE history_number;
CREATE FUNCTION keep_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = qf, pg_temp AS $$
BEGIN
    EXECUTE format('INSERT INTO %I SELECT clock_timestamp(), nextval(''history_number''), ($1).*', TG_TABLE_NAME || '_history') USING NEW;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION keep_history() FROM PUBLIC;

CREATE TABLE limits_history (kept timestamptz NOT NULL, n bigint NOT NULL PRIMARY KEY, LIKE limits);
CREATE TABLE breakers_history (kept timestamptz NOT NULL, n bigint NOT NULL PRIMARY KEY, LIKE breakers);
CREATE TABLE scenarios_history (kept timestamptz NOT NULL, n bigint NOT NULL PRIMARY KEY, LIKE scenarios);
CREATE TABLE rates_history (kept timestamptz NOT NULL, n bigint NOT NULL PRIMARY KEY, LIKE rates);
CREATE TABLE instruments_history (kept timestamptz NOT NULL, n bigint NOT NULL PRIMARY KEY, LIKE instruments);

INSERT INTO limits_history SELECT updated, nextval('history_number'), limits.* FROM limits;
INSERT INTO breakers_history SELECT greatest(updated, since), nextval('history_number'), breakers.* FROM breakers;
INSERT INTO scenarios_history SELECT updated, nextval('history_number'), scenarios.* FROM scenarios;
INSERT INTO rates_history SELECT updated, nextval('history_number'), rates.* FROM rates;
INSERT INTO instruments_history SELECT updated, nextval('history_number'), instruments.* FROM instruments;

CREATE TRIGGER history AFTER INSERT OR UPDATE ON limits FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER history AFTER INSERT OR UPDATE ON scenarios FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER history AFTER INSERT OR UPDATE ON rates FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER history AFTER INSERT OR UPDATE ON instruments FOR EACH ROW EXECUTE FUNCTION keep_history();
-- A breaker's row also counts (streak): that is no change anybody reports.
CREATE TRIGGER history AFTER INSERT ON breakers FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TRIGGER history_of_changes AFTER UPDATE ON breakers FOR EACH ROW
    WHEN ((OLD.level, OLD.window_s, OLD.action, OLD.follows, OLD.tripped, OLD.since, OLD.trip) IS DISTINCT FROM
          (NEW.level, NEW.window_s, NEW.action, NEW.follows, NEW.tripped, NEW.since, NEW.trip))
    EXECUTE FUNCTION keep_history();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON limits_history FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON breakers_history FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON scenarios_history FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rates_history FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON instruments_history FOR EACH STATEMENT EXECUTE FUNCTION append_only();

GRANT SELECT ON limits_history, breakers_history, scenarios_history, rates_history, instruments_history TO qf_daemon;
