-- The Spider test-suite evaluator (evaluation.py --etype exec, without --keep_distinct and --plug_value): first statement only,
-- broken comparison operators mended, the placeholder ` value ` of a prediction read as ` 1 `, YEAR(CURDATE()) read as 2020,
-- every DISTINCT removed. Quoted text and comments are left alone.
CREATE OR REPLACE TEMP MACRO comparator_gold(sql) AS
    CASE WHEN regexp_matches(sql, '(?i)distinct|[><!] =|;|curdate') THEN
        regexp_replace(
            regexp_replace(
                replace(replace(replace(
                    regexp_extract(
                        sql,
                        '(?s)^(?:''(?:[^'']|'''')*''|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|[^;])*;?'
                    ),
                    '> =', '>='), '< =', '<='), '! =', '!='),
                '(''(?:[^'']|'''')*''|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/)|\bdistinct\b', '\1', 'gis'
            ),
            'YEAR\s*\(\s*CURDATE\s*\(\s*\)\s*\)\s*', '2020', 'gi'
        )
    ELSE sql END;
CREATE OR REPLACE TEMP MACRO comparator_candidate(sql) AS comparator_gold(replace(sql, ' value ', ' 1 '));
CREATE OR REPLACE TEMP MACRO comparator_undecodable_fails() AS false;
CREATE OR REPLACE TEMP MACRO comparator_same(c, g, ordered) AS
    CASE
        WHEN c.n_rows = 0 AND g.n_rows = 0 THEN true
        WHEN c.n_rows <> g.n_rows OR c.n_columns <> g.n_columns THEN false
        -- Broken text compares by what is left of it, which the digests do not know.
        WHEN (c.undecodable OR g.undecodable) AND c.list_digest <> g.list_digest THEN NULL
        -- The evaluator's own quick rejection: the rows with their values sorted must agree.
        WHEN ordered AND c.unordered_list_digest <> g.unordered_list_digest THEN false
        WHEN NOT ordered AND c.unordered_set_digest <> g.unordered_set_digest THEN false
        WHEN ordered AND c.list_digest = g.list_digest THEN true
        WHEN NOT ordered AND c.bag_digest = g.bag_digest THEN true
        -- From here on only a permutation of the columns could make them equal.
        WHEN c.n_columns = 1 OR c.columns_digest <> g.columns_digest THEN false
    END;
