-- What was compared, as rows of the table.
SELECT sql_id::UUID AS sql_id, other::UUID AS other, version, parsed, clauses::VARCHAR[] AS clauses
FROM compared_clauses
