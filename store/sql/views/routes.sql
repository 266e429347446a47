-- What can be done about each type of error: who can see it without a gold, and which repair it is for.
-- column error_type: Type of error (see error_types).
-- column detectable: Whether a system without a gold sees it: yes; weak (a sign, that may be no error); no.
-- column verifier: What sees it: executor, schema, parser (of the completion), sanity (of the result), or external: tests, rules, users, a gold.
-- column route: What to do: ask_again, repair (told of the error), schema_repair (told of names and their owners), alias_repair, cheaper_query, execute_again, value_repair (of conditions that match nothing), verified_repair (told of by a verifier, or mined for training), none.
-- column scope: Where that can be done: online, guarded (online, at the risk of repairing what is right), external (offline, or with an external verifier), serve. Repairs of the scope online look at online ones, online_guarded at guarded ones too.
SELECT error_type, detectable, verifier, route, scope
FROM (
    VALUES
    ('missing_candidate', 'yes', ['parser'], 'ask_again', 'online'),
    ('syntax_error', 'yes', ['executor'], 'repair', 'online'),
    ('no_such_table', 'yes', ['executor', 'schema'], 'schema_repair', 'online'),
    ('no_such_column', 'yes', ['executor', 'schema'], 'schema_repair', 'online'),
    ('ambiguous_column', 'yes', ['executor'], 'alias_repair', 'online'),
    ('no_such_function', 'yes', ['executor'], 'repair', 'online'),
    ('other_execution_error', 'yes', ['executor'], 'repair', 'online'),
    ('rejected', 'yes', ['executor'], 'repair', 'online'),
    ('timeout', 'yes', ['executor'], 'cheaper_query', 'online'),
    ('memory', 'yes', ['executor'], 'cheaper_query', 'online'),
    ('crashed', 'yes', ['executor'], 'execute_again', 'online'),
    ('empty_result', 'weak', ['sanity'], 'value_repair', 'guarded'),
    ('undecodable', 'no', ['external'], 'verified_repair', 'external'),
    ('wrong_row_count', 'no', ['external'], 'verified_repair', 'external'),
    ('wrong_result', 'no', ['external'], 'verified_repair', 'external'),
    ('unclassified', 'no', ['external'], 'execute_again', 'external'),
    ('correct', 'no', [], 'none', 'serve')
) AS t (error_type, detectable, verifier, route, scope)
