-- Each database of each benchmark as it was last found.
-- like: databases
SELECT * FROM databases
QUALIFY row_number() OVER (PARTITION BY benchmark, db_id ORDER BY added DESC) = 1
