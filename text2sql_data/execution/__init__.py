"""Safe execution of hostile SQL: `pool.execute` runs millions of statements in confined worker processes.

`sandbox` runs one statement, `guard` says what it may do and `limits` what it may use, `digests` condenses its result,
`outcome` and `preview` say what is kept of it. Nothing is imported here: a worker starts without the store and DuckDB.
"""
