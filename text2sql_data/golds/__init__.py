"""Golds under suspicion: `audit` looks at what each gold SQL did and at what it would do if chance had fallen otherwise.

`ties` knows what LIMIT cuts, `text_numbers` which numbers are compared as text.
"""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "error": "SQLite refuses it",
    "rejected": "the sandbox refuses it",
    "memory": "its result or its execution is too large",
    "crashed": "it ends the process that executes it",
    "timeout": "it takes too long",
    "empty": "it returns no rows",
    "tie": "LIMIT keeps some of several rows that have the same sort key and do not show the same",
    "null_first": "ORDER BY puts NULL into the first row that LIMIT keeps",
    "text_number": "numbers that are stored as text are ordered or compared as text",
    "volatile": "it reads the clock or chance",
}
"""What is looked for, in the order in which it is reported."""
