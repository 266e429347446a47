-- key: settings, chosen
-- order: chosen
CREATE TABLE settings (
    settings VARCHAR NOT NULL,
    engine VARCHAR NOT NULL,
    seconds DOUBLE NOT NULL,
    heap_mb INTEGER NOT NULL,
    max_rows BIGINT NOT NULL,
    max_cell_bytes BIGINT NOT NULL,
    max_result_bytes BIGINT NOT NULL,
    preview_rows INTEGER NOT NULL,
    preview_cell_chars INTEGER NOT NULL,
    chosen TIMESTAMP NOT NULL
);
COMMENT ON TABLE settings IS 'One row says that from then on SQL is executed by this engine under these limits; the latest row is the current choice, and every view follows it.';
COMMENT ON COLUMN settings.settings IS 'Identity: the first 12 hex digits of the sha256 of the engine and the limits as canonical JSON.';
COMMENT ON COLUMN settings.engine IS 'Engine and version, such as sqlite 3.54.1.';
COMMENT ON COLUMN settings.seconds IS 'Wall time that a statement may take.';
COMMENT ON COLUMN settings.heap_mb IS 'Memory that the engine may use, in MiB.';
COMMENT ON COLUMN settings.max_rows IS 'Rows that a result may have.';
COMMENT ON COLUMN settings.max_cell_bytes IS 'Bytes that one value may have.';
COMMENT ON COLUMN settings.max_result_bytes IS 'Bytes that a whole result may have.';
COMMENT ON COLUMN settings.preview_rows IS 'Rows that are kept as a preview.';
COMMENT ON COLUMN settings.preview_cell_chars IS 'Characters (bytes of a BLOB) of a value that the preview keeps.';
COMMENT ON COLUMN settings.chosen IS 'When a command first used this engine and these limits after using others, in UTC.';
