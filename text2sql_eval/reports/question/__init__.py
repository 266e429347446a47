"""The page of one question: every candidate grouped by its result, what everybody says of it, and who picked what and why."""
