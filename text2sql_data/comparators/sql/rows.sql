-- The same rows as often, in any order; of empty results nothing but the emptiness counts.
CREATE OR REPLACE TEMP MACRO comparator_candidate(sql) AS sql;
CREATE OR REPLACE TEMP MACRO comparator_gold(sql) AS sql;
CREATE OR REPLACE TEMP MACRO comparator_undecodable_fails() AS false;
CREATE OR REPLACE TEMP MACRO comparator_same(c, g, ordered) AS
    c.bag_digest = g.bag_digest;
