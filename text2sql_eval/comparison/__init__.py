"""Comparison: runs on their common questions, the gap between them with its interval, and what changed from one to the other."""
