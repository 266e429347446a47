"""Golds under suspicion: `audit` looks at what each gold SQL did and at what it would do if chance had fallen otherwise.

`ties` knows what LIMIT cuts, `text_numbers` which numbers are compared as text.
"""
