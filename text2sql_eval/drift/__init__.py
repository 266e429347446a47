"""Drift: the same candidates under two opinions (comparator, gold revision, version of the lake), and what moved between them."""
