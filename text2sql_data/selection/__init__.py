"""Selectors: choosing one of the final answers of a question, from what can be known without a label or a gold.

`running` asks a selector and keeps its scores and selections in the lake; a method is one file of `methods`.
"""
