-- What was said of a vending key stays as it was written; its state takes the steps of its life and no other.
CREATE FUNCTION powertill_key_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF (NEW.id, NEW.sgc, NEW.krn, NEW.kt, NEW.base_date, NEW.dkga, NEW.ken, NEW.active_from_us,
        NEW.issue_until_us, NEW.credit_limit_wh, NEW.kcv, NEW.keeper, NEW.label, NEW.loaded_by, NEW.loaded_us)
        IS NOT DISTINCT FROM
        (OLD.id, OLD.sgc, OLD.krn, OLD.kt, OLD.base_date, OLD.dkga, OLD.ken, OLD.active_from_us,
        OLD.issue_until_us, OLD.credit_limit_wh, OLD.kcv, OLD.keeper, OLD.label, OLD.loaded_by, OLD.loaded_us)
        AND (
            (OLD.state = 'pending' AND NEW.state = 'approved'
             AND lower(trim(NEW.approved_by)) <> lower(trim(NEW.loaded_by)))
            OR (OLD.state IN ('pending', 'approved') AND NEW.state = 'withdrawn'
                AND (NEW.approved_by, NEW.approved_us) IS NOT DISTINCT FROM (OLD.approved_by, OLD.approved_us))
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'vending_key: not a step of a key''s life' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER vending_key_steps BEFORE UPDATE ON vending_key
    FOR EACH ROW EXECUTE FUNCTION powertill_key_step();

CREATE FUNCTION powertill_key_kept() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'vending_key keeps every key for ever' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER vending_key_no_delete BEFORE DELETE ON vending_key
    FOR EACH ROW EXECUTE FUNCTION powertill_key_kept();
CREATE TRIGGER vending_key_stays BEFORE TRUNCATE ON vending_key
    FOR EACH STATEMENT EXECUTE FUNCTION powertill_key_kept();

GRANT SELECT, INSERT ON vending_key TO powertill;
GRANT UPDATE (state, approved_by, approved_us, withdrawn_by, withdrawn_us, reason) ON vending_key TO powertill;
GRANT SELECT, INSERT, UPDATE ON supply_group TO powertill;
