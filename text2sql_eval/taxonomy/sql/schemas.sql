-- The stored schemas of the databases that candidates with errors were executed on.
SELECT DISTINCT ON (d.database) replace(d.database::VARCHAR, '-', '') AS database, d.schema
FROM databases AS d
WHERE d.schema IS NOT NULL AND d.database IN (SELECT database FROM error_types)
