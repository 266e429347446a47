CREATE TEMP TABLE taxonomy_answers AS FROM lake.error_types LIMIT 0;
CREATE TEMP TABLE taxonomy_repairs AS FROM lake.repairs LIMIT 0;
CREATE TEMP TABLE compared_clauses (sql_id VARCHAR, other VARCHAR, version INTEGER, parsed BOOLEAN, clauses VARCHAR[]);
