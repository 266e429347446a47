"""Preference pairs: found in judged runs, made by mutation, imported, filtered; each a row with where it came from."""
