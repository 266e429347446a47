"""Features that are computed in Python: one module each, with VERSION, FEATURES and `values`."""
