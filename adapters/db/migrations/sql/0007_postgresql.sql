-- The diary is written once and for ever; a request takes one step, and nobody who ever acted is deleted.
CREATE TRIGGER diary_for_ever BEFORE UPDATE OR DELETE ON diary
    FOR EACH ROW EXECUTE FUNCTION powertill_for_ever();
CREATE TRIGGER diary_stays BEFORE TRUNCATE ON diary
    FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever();

CREATE FUNCTION powertill_approval_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF (NEW.reference, NEW.function, NEW.kind, NEW.order_text, NEW.digest, NEW.subject, NEW.amount_minor,
        NEW.about, NEW.reason, NEW.asked_by, NEW.asked_us)
        IS NOT DISTINCT FROM
        (OLD.reference, OLD.function, OLD.kind, OLD.order_text, OLD.digest, OLD.subject, OLD.amount_minor,
        OLD.about, OLD.reason, OLD.asked_by, OLD.asked_us)
        AND OLD.state = 'asked' AND NEW.state IN ('approved', 'refused', 'withdrawn')
        AND NEW.decided_us IS NOT NULL AND NEW.decided_by <> ''
        AND (NEW.state <> 'approved' OR lower(trim(NEW.decided_by)) <> lower(trim(NEW.asked_by)))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'approval: not a step of a request''s life' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER approval_steps BEFORE UPDATE ON approval
    FOR EACH ROW EXECUTE FUNCTION powertill_approval_step();

CREATE FUNCTION powertill_office_kept() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% keeps every row for ever', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval
    FOR EACH ROW EXECUTE FUNCTION powertill_office_kept();
CREATE TRIGGER approval_stays BEFORE TRUNCATE ON approval
    FOR EACH STATEMENT EXECUTE FUNCTION powertill_office_kept();
CREATE TRIGGER operator_no_delete BEFORE DELETE ON operator
    FOR EACH ROW EXECUTE FUNCTION powertill_office_kept();
CREATE TRIGGER operator_stays BEFORE TRUNCATE ON operator
    FOR EACH STATEMENT EXECUTE FUNCTION powertill_office_kept();
CREATE TRIGGER role_no_delete BEFORE DELETE ON role
    FOR EACH ROW EXECUTE FUNCTION powertill_office_kept();
CREATE TRIGGER role_stays BEFORE TRUNCATE ON role
    FOR EACH STATEMENT EXECUTE FUNCTION powertill_office_kept();

GRANT SELECT, INSERT ON diary TO powertill;
GRANT SELECT, INSERT ON approval TO powertill;
GRANT UPDATE (state, decided_by, decided_us, outcome) ON approval TO powertill;
GRANT SELECT, INSERT, UPDATE ON branch, station, role, operator, session, shift TO powertill;
