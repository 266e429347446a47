"""Reports: one self-contained page, its JSON and its Markdown, from the same figures."""
