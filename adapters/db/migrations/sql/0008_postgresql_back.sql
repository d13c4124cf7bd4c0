-- The indexes of before 0008.

ALTER TABLE account ALTER COLUMN code TYPE text COLLATE "default";
ALTER TABLE command_key ALTER COLUMN key TYPE text COLLATE "default";
ALTER TABLE sale ALTER COLUMN key TYPE text COLLATE "default", ALTER COLUMN trace TYPE text COLLATE "default";

DROP INDEX token_sale;
CREATE INDEX token_sale ON token (sale_id);

ALTER TABLE token RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);
ALTER TABLE sale RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);

CREATE UNIQUE INDEX sale_plain ON sale (id);
ALTER TABLE sale DROP CONSTRAINT sale_pkey;
ALTER TABLE sale ADD CONSTRAINT sale_pkey PRIMARY KEY USING INDEX sale_plain;
