-- A version's name, moment and body stay as they were written; its state takes the steps of its life and no other.
CREATE FUNCTION powertill_tariff_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF (NEW.power_type, NEW.version, NEW.from_us, NEW.body, NEW.drafted_by, NEW.drafted_us)
        IS NOT DISTINCT FROM
        (OLD.power_type, OLD.version, OLD.from_us, OLD.body, OLD.drafted_by, OLD.drafted_us)
        AND (
            (OLD.state = 'draft' AND NEW.state = 'approved'
             AND lower(trim(NEW.approved_by)) <> lower(trim(NEW.drafted_by)))
            OR (OLD.state IN ('draft', 'approved') AND NEW.state = 'withdrawn'
                AND (NEW.approved_by, NEW.approved_us) IS NOT DISTINCT FROM (OLD.approved_by, OLD.approved_us))
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'tariff_version: not a step of a version''s life' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tariff_version_steps BEFORE UPDATE ON tariff_version
    FOR EACH ROW EXECUTE FUNCTION powertill_tariff_step();

CREATE FUNCTION powertill_tariff_kept() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'tariff_version keeps every version for ever' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tariff_version_no_delete BEFORE DELETE ON tariff_version
    FOR EACH ROW EXECUTE FUNCTION powertill_tariff_kept();
CREATE TRIGGER tariff_version_stays BEFORE TRUNCATE ON tariff_version
    FOR EACH STATEMENT EXECUTE FUNCTION powertill_tariff_kept();

-- The table was made anew, so its rights are given anew: to add, and to change what a step changes.
GRANT SELECT, INSERT ON tariff_version TO powertill;
GRANT UPDATE (state, approved_by, approved_us, withdrawn_by, withdrawn_us, reason) ON tariff_version TO powertill;
