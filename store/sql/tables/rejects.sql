-- key: sha256, line, reason
CREATE TABLE rejects (
    sha256 VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    path VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    raw VARCHAR NOT NULL
);
COMMENT ON TABLE rejects IS 'One row is a line that an importer could not read and that was put aside with --quarantine.';
COMMENT ON COLUMN rejects.sha256 IS 'sha256 of the source file.';
COMMENT ON COLUMN rejects.line IS 'Line in the file, from 1; for a JSON list or object the number of the entry.';
COMMENT ON COLUMN rejects.path IS 'Path of the file.';
COMMENT ON COLUMN rejects.format IS 'Format that it was read as.';
COMMENT ON COLUMN rejects.reason IS 'What was wrong.';
COMMENT ON COLUMN rejects.raw IS 'The text itself; bytes that are not UTF-8 appear as \xNN.';
