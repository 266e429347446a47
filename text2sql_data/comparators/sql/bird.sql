-- BIRD's evaluation_ex.py: set(rows) == set(rows) in Python, text decoded strictly, an exception is a wrong answer.
CREATE OR REPLACE TEMP MACRO comparator_candidate(sql) AS sql;
CREATE OR REPLACE TEMP MACRO comparator_gold(sql) AS sql;
CREATE OR REPLACE TEMP MACRO comparator_undecodable_fails() AS true;
CREATE OR REPLACE TEMP MACRO comparator_same(c, g, ordered) AS c.set_digest = g.set_digest;
