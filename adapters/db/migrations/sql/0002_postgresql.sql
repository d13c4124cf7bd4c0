-- What PostgreSQL adds to the tables: monthly partitions, balanced entries, rows that stay as they were written,
-- and a role that can do no more than the gateway has to.

-- Entry ids begin with the millisecond of their batch, so a month of ids is a month of time. Positions and keys
-- need no index over all partitions: positions rise with the ids, keys have a table of their own.
DROP TABLE posting;
DROP TABLE entry;

CREATE TABLE entry (
    id bigint NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    at_us bigint NOT NULL,
    business_date text NOT NULL,
    channel text NOT NULL,
    key text NOT NULL,
    sale_id bigint,
    meter_id integer,
    reverses_id bigint,
    CONSTRAINT entry_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX entry_position ON entry USING brin (position) WITH (pages_per_range = 16, autosummarize = on);

CREATE TABLE posting (
    entry_id bigint NOT NULL,
    line smallint NOT NULL,
    account_id integer NOT NULL,
    amount bigint NOT NULL,
    unit text NOT NULL,
    CONSTRAINT posting_pkey PRIMARY KEY (entry_id, line)
) PARTITION BY RANGE (entry_id);

-- Nothing is ever refused for want of a partition; the health door says when this one is not empty.
CREATE TABLE entry_default PARTITION OF entry DEFAULT;
CREATE TABLE posting_default PARTITION OF posting DEFAULT;

CREATE FUNCTION powertill_first_id(month date) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
AS $$ SELECT (extract(epoch FROM month::timestamp AT TIME ZONE 'UTC') * 1000)::bigint << 20 $$;

-- Makes the partitions of this month and of so many months ahead; says how many it made.
CREATE FUNCTION powertill_make_partitions(today date, months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    month date;
    parent text;
    part text;
    low bigint;
    high bigint;
    made integer := 0;
BEGIN
    IF months_ahead NOT BETWEEN 0 AND 120 THEN
        RAISE EXCEPTION 'months_ahead must be 0 to 120';
    END IF;
    FOR n IN 0..months_ahead LOOP
        month := (date_trunc('month', today::timestamp) + make_interval(months => n))::date;
        low := powertill_first_id(month);
        high := powertill_first_id((month + interval '1 month')::date);
        -- A clock that was ahead has left rows of this month in the default partition: there the month stays.
        CONTINUE WHEN EXISTS (SELECT 1 FROM entry_default WHERE id >= low AND id < high)
            OR EXISTS (SELECT 1 FROM posting_default WHERE entry_id >= low AND entry_id < high);
        FOREACH parent IN ARRAY ARRAY['entry', 'posting'] LOOP
            part := parent || '_' || to_char(month, 'YYYY_MM');
            IF to_regclass(part) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', part, parent, low, high);
                PERFORM powertill_guard(part);
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- An entry's postings are inserted by one statement, and they balance in every unit, or it fails.
CREATE FUNCTION powertill_balanced() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    broken record;
BEGIN
    SELECT entry_id, unit, sum(amount) AS total INTO broken
    FROM written GROUP BY entry_id, unit HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is out by % %', broken.entry_id, broken.total, broken.unit
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_balanced AFTER INSERT ON posting
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION powertill_balanced();

CREATE FUNCTION powertill_for_ever() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% is written once and for ever', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['entry', 'posting', 'command_key', 'token', 'chain_link', 'closed_day'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION powertill_for_ever()',
            name || '_for_ever', name
        );
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever()',
            name || '_stays', name
        );
    END LOOP;
END $$;

-- A statement's trigger is not handed down to partitions, and a statement may name one.
CREATE FUNCTION powertill_guard(part text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever()',
        part || '_stays', part
    );
    IF part LIKE 'posting%' THEN
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS written '
            'FOR EACH STATEMENT EXECUTE FUNCTION powertill_balanced()',
            part || '_balanced', part
        );
    END IF;
END $$;
SELECT powertill_guard('entry_default'), powertill_guard('posting_default');

-- One link's rows lie together: a proof and a start look for them.
CREATE INDEX command_key_link ON command_key USING brin (link) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX sale_link ON sale USING brin (link) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX token_link ON token USING brin (link) WITH (pages_per_range = 16, autosummarize = on);

-- Every payment updates its meter and a few accounts: room in their pages keeps the indexes out of it.
ALTER TABLE account SET (fillfactor = 50);
ALTER TABLE meter SET (fillfactor = 70);
ALTER TABLE account_day SET (fillfactor = 50);
ALTER TABLE outbox ALTER COLUMN id TYPE bigint;
ALTER SEQUENCE outbox_id_seq AS bigint;

-- Whoever waits for the outbox is woken by the commit, and asks again by himself when nobody wakes him.
CREATE FUNCTION powertill_outbox_filled() RETURNS trigger
LANGUAGE plpgsql
AS $$ BEGIN PERFORM pg_notify('powertill_outbox', ''); RETURN NULL; END $$;
CREATE TRIGGER outbox_filled AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION powertill_outbox_filled();

-- The gateway's rights. A role belongs to the whole server, so another database may have made it already.
DO $$
BEGIN
    CREATE ROLE powertill NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO powertill', current_database()); END $$;
GRANT USAGE ON SCHEMA public TO powertill;
GRANT SELECT ON alembic_version TO powertill;
GRANT SELECT ON entry_default TO powertill;
GRANT SELECT, INSERT ON entry, posting, command_key, token, chain_link, closed_day TO powertill;
GRANT SELECT, INSERT ON account, sale TO powertill;
GRANT UPDATE (balance) ON account TO powertill;
GRANT UPDATE (encoded_wh, state) ON sale TO powertill;
GRANT SELECT, INSERT, UPDATE ON account_day, meter, customer, exception_note, tariff_version TO powertill;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO powertill;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO powertill;
REVOKE EXECUTE ON FUNCTION powertill_make_partitions(date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION powertill_make_partitions(date, integer) TO powertill;
