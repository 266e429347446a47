"""How facts come to be: benchmarks, importers, execution, comparators."""
