-- What was asked, by whom and until when stays as it was asked; what was decided stays decided. Otherwise whoever can write rows could
-- make a request another person's, or grant one that was taken back. Writing the same row again is no change.
CREATE FUNCTION approvals_stand() RETURNS trigger LANGUAGE plpgsql SET search_path = qf, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.method, NEW.args, NEW.before, NEW.after, NEW.asked_by, NEW.asked, NEW.reason, NEW.expires) IS DISTINCT FROM
       (OLD.id, OLD.method, OLD.args, OLD.before, OLD.after, OLD.asked_by, OLD.asked, OLD.reason, OLD.expires) THEN
        RAISE EXCEPTION 'request % stays as it was asked', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'PENDING' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'request % is % and stays so', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approvals_stand BEFORE UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_stand();
CREATE TRIGGER no_delete BEFORE DELETE OR TRUNCATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION append_only();
