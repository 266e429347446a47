-- The same rows in the same order, with the same number of columns.
CREATE OR REPLACE TEMP MACRO comparator_candidate(sql) AS sql;
CREATE OR REPLACE TEMP MACRO comparator_gold(sql) AS sql;
CREATE OR REPLACE TEMP MACRO comparator_undecodable_fails() AS false;
CREATE OR REPLACE TEMP MACRO comparator_same(c, g, ordered) AS
    c.list_digest = g.list_digest AND c.n_columns IS NOT DISTINCT FROM g.n_columns;
