-- key: version
CREATE TABLE migrations (
    version INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    applied TIMESTAMP NOT NULL
);
COMMENT ON TABLE migrations IS 'One row is a version of the tables and views that this lake has reached; the highest one is the lake''s version.';
COMMENT ON COLUMN migrations.version IS 'Version number, from 1.';
COMMENT ON COLUMN migrations.name IS 'What changed: created, or the name of the migration.';
COMMENT ON COLUMN migrations.applied IS 'When it was applied, in UTC.';
