CREATE TEMP TABLE ducklake_schema (schema_id BIGINT, path VARCHAR, path_is_relative BOOLEAN);
CREATE TEMP TABLE ducklake_table (table_id BIGINT, schema_id BIGINT, path VARCHAR, path_is_relative BOOLEAN);
CREATE TEMP TABLE ducklake_data_file (table_id BIGINT, path VARCHAR, path_is_relative BOOLEAN, file_size_bytes BIGINT);
CREATE TEMP TABLE ducklake_delete_file (table_id BIGINT, path VARCHAR, path_is_relative BOOLEAN, file_size_bytes BIGINT);
