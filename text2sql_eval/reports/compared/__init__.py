"""The report over a comparison: figures beside the gap, the verdict, what changed, and the questions that make the difference."""
