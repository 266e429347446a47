--- Each text below a line with three dashes is executed as it stands; the line says the status and the class that it must get.
--- The database has a table t(a INTEGER PRIMARY KEY, b TEXT, c REAL) of 100 rows, an index and a view of it.

--- rejected write: change rows
INSERT INTO t VALUES (1000, 'x', 1.0)
--- rejected write
INSERT OR REPLACE INTO t SELECT a, 'owned', c FROM t
--- rejected write
REPLACE INTO t VALUES (1, 'x', 1.0)
--- rejected write
UPDATE t SET b = 'owned'
--- rejected write
DELETE FROM t
--- rejected write
DELETE FROM t WHERE a = 1 RETURNING *
--- rejected write
WITH x AS (SELECT 1) DELETE FROM t
--- rejected write
INSERT INTO t(a) VALUES (2000) RETURNING a, b
--- rejected write
UPDATE sqlite_master SET sql = 'x'
--- rejected write
INSERT INTO v VALUES ('x', 1)
--- rejected write: change the schema
CREATE TABLE owned(a)
--- rejected write
CREATE TABLE owned AS SELECT * FROM t
--- rejected write
CREATE TEMP TABLE owned AS SELECT * FROM t
--- rejected write
CREATE TEMP VIEW owned AS SELECT * FROM t
--- rejected write
CREATE VIEW owned AS SELECT * FROM t
--- rejected write
CREATE INDEX owned ON t(b)
--- rejected write
CREATE TRIGGER owned AFTER INSERT ON t BEGIN DELETE FROM t; END
--- rejected write
CREATE TEMP TRIGGER owned AFTER INSERT ON t BEGIN DELETE FROM t; END
--- rejected write
CREATE VIRTUAL TABLE owned USING fts5(x)
--- rejected write
CREATE VIRTUAL TABLE temp.owned USING dbstat(main)
--- rejected write
CREATE VIRTUAL TABLE temp.owned USING fts5vocab(main, t, row)
--- rejected write
ALTER TABLE t RENAME TO owned
--- rejected write
ALTER TABLE t ADD COLUMN owned
--- rejected write
ALTER TABLE t DROP COLUMN b
--- rejected write
DROP TABLE t
--- rejected write
DROP VIEW IF EXISTS v
--- rejected write
ANALYZE
--- rejected write
ANALYZE t
--- rejected write
REINDEX
--- rejected write
EXPLAIN DELETE FROM t
--- rejected not_a_query: statements that are neither
VACUUM
--- rejected not_a_query
VACUUM INTO 'owned.db'
--- rejected not_a_query
VACUUM INTO (SELECT 'owned.db')
--- rejected attach: reach other files
ATTACH DATABASE 'owned.db' AS owned
--- rejected attach
ATTACH 'file:/etc/passwd?mode=ro' AS owned
--- rejected attach
ATTACH ':memory:' AS owned
--- rejected attach
ATTACH (SELECT 'owned.db') AS owned
--- rejected attach
DETACH DATABASE main
--- rejected pragma: settings and the engine's insides
PRAGMA journal_mode = WAL
--- rejected pragma
PRAGMA writable_schema = ON
--- rejected pragma
PRAGMA temp_store_directory = '/tmp'
--- rejected pragma
PRAGMA hard_heap_limit = 0
--- rejected pragma
PRAGMA trusted_schema = ON
--- rejected pragma
PRAGMA table_info(t)
--- rejected pragma
PRAGMA wal_checkpoint(TRUNCATE)
--- rejected pragma
PRAGMA integrity_check
--- rejected pragma
PRAGMA optimize
--- rejected pragma
PRAGMA mmap_size = 1000000000
--- rejected pragma
SELECT * FROM pragma_database_list
--- rejected pragma
SELECT * FROM pragma_function_list
--- rejected pragma
SELECT a, (SELECT count(*) FROM pragma_integrity_check) FROM t
--- rejected transaction: hold locks
BEGIN
--- rejected transaction
BEGIN EXCLUSIVE
--- rejected transaction
COMMIT
--- rejected transaction
ROLLBACK
--- rejected transaction
SAVEPOINT owned
--- rejected transaction
RELEASE owned
--- rejected function: functions that do more than compute
SELECT load_extension('owned.so')
--- rejected function
SELECT load_extension('/lib/x86_64-linux-gnu/libc.so.6', 'puts') FROM t
--- rejected function
SELECT fts3_tokenizer('simple')
--- rejected function
SELECT fts3_tokenizer('owned', x'4141414141414141')
--- rejected function
SELECT sqlite_log(1, 'owned')
--- error no_such_function
SELECT writefile('owned.txt', 'x')
--- error no_such_function
SELECT readfile('/etc/passwd')
--- error no_such_function
SELECT edit('x', 'sh -c id')
--- error no_such_function
SELECT eval('DROP TABLE t')
--- rejected explain: what the engine would do is no result
EXPLAIN SELECT * FROM t
--- rejected explain
EXPLAIN QUERY PLAN SELECT * FROM t
--- rejected multiple_statements: a second statement
SELECT 1; SELECT 2
--- rejected multiple_statements
SELECT 1; DROP TABLE t
--- rejected multiple_statements
SELECT 1; /* harmless */ -- really
DELETE FROM t;
--- rejected multiple_statements
SELECT ';' ; ; ; PRAGMA user_version = 1
--- rejected multiple_statements
SELECT 1; this is not SQL
--- rejected write
DELETE FROM t; SELECT 1
--- rejected multiple_statements
SELECT 1 -- ;
; ATTACH 'owned.db' AS owned
--- ok -: what only looks like a second statement
SELECT 'a;b', ";" FROM t LIMIT 1;
--- ok -
SELECT 1; -- SELECT 2
--- ok -
SELECT 1;; /* ; DROP TABLE t */ ;
--- ok -
; SELECT 1
--- ok -
SELECT 1 /* never closed ; DROP TABLE t
--- error empty: nothing to run
-- only a comment
--- error empty
;;;
--- error empty
/* nothing */
--- ok -: reading the schema is allowed
SELECT name, sql FROM sqlite_master
--- ok -
SELECT name, type FROM pragma_table_info('t')
--- ok -
SELECT m.name, i.name FROM sqlite_schema m, pragma_index_list(m.name) i
--- ok -
SELECT * FROM dbstat
--- ok -
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT sum(i) FROM n
--- ok -
VALUES (1, 'x'), (2, 'y')
--- memory rows: results without end
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n
--- memory rows
SELECT * FROM t t1, t t2, t t3, t t4
--- memory result_bytes
SELECT hex(zeroblob(100000)) FROM t t1, t t2
--- memory result_bytes
SELECT zeroblob(900000), zeroblob(900000), zeroblob(900000), zeroblob(900000) FROM t
--- memory cell_bytes: values without end
SELECT zeroblob(2000000000)
--- memory cell_bytes
SELECT randomblob(1000000000)
--- memory cell_bytes
SELECT printf('%*d', 2000000000, 1)
--- memory cell_bytes
SELECT printf('%.*c', 2000000000, 'x')
--- memory cell_bytes
SELECT replace(hex(zeroblob(100000)), '0', hex(zeroblob(100000)))
--- memory cell_bytes
SELECT group_concat(hex(zeroblob(10000))) FROM t t1, t t2
--- memory cell_bytes
WITH RECURSIVE n(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM n) SELECT max(length(s)) FROM n
--- memory heap: sorting, grouping and materializing without end
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT hex(zeroblob(10000)) || i FROM n ORDER BY 1
--- memory heap
WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT DISTINCT hex(zeroblob(10000)) || i AS s FROM n GROUP BY s
--- memory heap
SELECT json_group_array(hex(zeroblob(10000))) FROM t t1, t t2
--- memory heap
SELECT a, row_number() OVER (ORDER BY s) FROM (SELECT t1.a, hex(zeroblob(400000)) || t1.a AS s FROM t t1, t t2)
--- memory heap
WITH x AS MATERIALIZED (SELECT hex(zeroblob(400000)) AS s FROM t t1, t t2) SELECT count(*) FROM x x1, x x2
--- timeout -: no end at all
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
--- timeout -
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n WHERE i > 1
--- timeout -
SELECT count(*) FROM t t1, t t2, t t3, t t4, t t5, t t6 WHERE t1.c + t2.c + t3.c + t4.c + t5.c + t6.c < 0
--- timeout -
SELECT sum(random()) FROM t t1, t t2, t t3, t t4, t t5
--- timeout -
SELECT max(a) FROM (SELECT t1.a FROM t t1, t t2, t t3, t t4, t t5 ORDER BY random() LIMIT 1)
--- timeout -: no end within one call of a function
SELECT instr(hex(zeroblob(490000)), hex(zeroblob(200000)) || '1')
--- timeout -
SELECT replace(hex(zeroblob(490000)), hex(zeroblob(200000)) || '1', 'x')
--- timeout -
SELECT rtrim(hex(zeroblob(490000)), replace(hex(zeroblob(40000)), '0', '1') || '0')
--- timeout -
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT group_concat(hex(zeroblob(1000))) FROM n
--- ok -: patterns that take others long
SELECT hex(zeroblob(490000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%0%1', hex(zeroblob(490000)) GLOB '*0*0*0*0*0*0*0*0*0*0*0*0*1'
--- error syntax: mistakes that are only mistakes
SELEC * FROM t
--- error syntax
SELECT * FROM t WHERE (
--- error syntax
SELECT 'never closed
--- error no_such_table
SELECT * FROM nowhere
--- error no_such_column
SELECT missing FROM t
--- error ambiguous_column
SELECT a FROM t t1, t t2
--- error no_such_function
SELECT median_of_all(a) FROM t
--- error wrong_arguments
SELECT abs(1, 2, 3)
--- error misuse
SELECT a FROM t WHERE sum(a) > 1
--- error misuse
SELECT sum(sum(a)) FROM t
--- error misuse
SELECT row_number() FROM t
--- error misuse
SELECT RAISE(ABORT, 'x')
--- error parameters
SELECT a FROM t WHERE b = ?1 OR b = :name
--- error column_count
SELECT 1 UNION SELECT 1, 2
--- error column_count
SELECT (SELECT a, b FROM t)
--- error order_or_limit
SELECT a FROM t ORDER BY 7
--- error order_or_limit
SELECT a FROM t LIMIT 1 UNION SELECT 2
--- error value
SELECT abs(-9223372036854775808)
--- error value
SELECT json('{')
--- error circular_reference
WITH x AS (SELECT * FROM x) SELECT * FROM x
--- error too_complex
SELECT 1 FROM t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t
