"""The report over a model that is trained in stages: what each stage achieved, and what each step gained."""
