-- key: name, version
CREATE TABLE models (
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    pin_name VARCHAR,
    pin_version INTEGER,
    base JSON,
    recipe JSON NOT NULL,
    seed BIGINT NOT NULL,
    versions JSON NOT NULL,
    summary JSON NOT NULL,
    path VARCHAR,
    sha256 VARCHAR NOT NULL,
    weights BLOB,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE models IS 'One row is a trained model that can be cited as name@version: the pin it was trained on, how, and its weights. It never changes.';
COMMENT ON COLUMN models.name IS 'Name of the model.';
COMMENT ON COLUMN models.version IS 'Version, from 1.';
COMMENT ON COLUMN models.kind IS 'What it is: feature_selector, or the trainer: sft, dpo, orpo, kto, reward, grpo.';
COMMENT ON COLUMN models.pin_name IS 'Name of the dataset that it was trained on (see pins); its rows are the training lineage.';
COMMENT ON COLUMN models.pin_version IS 'Version of that dataset.';
COMMENT ON COLUMN models.base IS 'Model that training began with; NULL when it began with nothing.';
COMMENT ON COLUMN models.recipe IS 'How it was trained, with every default written out.';
COMMENT ON COLUMN models.seed IS 'Seed of the training.';
COMMENT ON COLUMN models.versions IS 'Versions of the code and the libraries that trained it.';
COMMENT ON COLUMN models.summary IS 'What was measured of it: cross-fitted figures, calibration, importances.';
COMMENT ON COLUMN models.path IS 'Folder of the weights, where they are not in the lake.';
COMMENT ON COLUMN models.sha256 IS 'sha256 of the weights.';
COMMENT ON COLUMN models.weights IS 'The weights of a small model, in the format of skops; NULL when they are in a folder.';
COMMENT ON COLUMN models.added IS 'When it was registered, in UTC.';
