"""The kinds of datasets, one a module: each a function that reads a source and yields examples, and drops with their reasons."""
