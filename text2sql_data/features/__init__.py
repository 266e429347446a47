"""Features of candidates: numbers that a selector may read, each with a name, a type and a description.

A feature is computed by a `.sql` file of `sql/` or by a Python function of `functions/`, from what a selector may see. `build`
keeps them in the lake.
"""
