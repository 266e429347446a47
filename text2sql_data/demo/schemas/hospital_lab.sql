CREATE TABLE ward (
    ward_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    floor INTEGER NOT NULL,
    beds INTEGER NOT NULL
);
CREATE TABLE patient (
    patient_id INTEGER PRIMARY KEY,
    "full name" TEXT NOT NULL,
    blood_group TEXT,
    "date of birth" TEXT,
    ward_id INTEGER REFERENCES ward (ward_id),
    "admitted on" TEXT NOT NULL,
    "discharged on" TEXT
);
CREATE TABLE test_type (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    unit TEXT,
    low REAL,
    high REAL,
    price REAL NOT NULL
);
CREATE TABLE sample (
    sample_id INTEGER PRIMARY KEY,
    patient_id INTEGER NOT NULL REFERENCES patient (patient_id),
    specimen TEXT NOT NULL,
    collected_at TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    tube_label BLOB
);
CREATE TABLE result (
    result_id INTEGER PRIMARY KEY,
    sample_id INTEGER NOT NULL REFERENCES sample (sample_id),
    code TEXT NOT NULL REFERENCES test_type (code),
    value TEXT,
    flag TEXT,
    reported_at TEXT
);
CREATE TABLE calibration (
    calibration_id INTEGER PRIMARY KEY,
    code TEXT NOT NULL REFERENCES test_type (code),
    done_on TEXT NOT NULL,
    passed INTEGER NOT NULL
);

INSERT INTO ward VALUES
    (1, 'Emergency', 0, 12),
    (2, 'Cardiology', 2, 24),
    (3, 'Surgery', 3, 30),
    (4, 'Pediatrics', 1, 24),
    (5, 'Geriatrics', 4, 28),
    (6, 'Sleep laboratory', 4, 6);
INSERT INTO test_type VALUES
    ('GLU', 'Glucose', 'mmol/L', 3.9, 5.6, 4.5),
    ('NA', 'Sodium', 'mmol/L', 135, 145, 3.2),
    ('K', 'Potassium', 'mmol/L', 3.5, 5.1, 3.2),
    ('CRP', 'C-reactive protein', 'mg/L', 0, 5, 9.8),
    ('HGB', 'Hemoglobin', 'g/dL', 12, 16, 5.0),
    ('TSH', 'Thyrotropin', 'mIU/L', 0.4, 4.0, 14.6),
    ('LEU', 'Leukocytes', '10⁹/L', 4, 10, 5.0),
    ('PH', 'Urine pH', NULL, 4.5, 8, 2.1),
    ('CULT', 'Bacterial culture', NULL, NULL, NULL, 21.0),
    ('VITD', 'Vitamin D', 'nmol/L', 50, 125, 24.0);
