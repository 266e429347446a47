"""From a pinned dataset to a model."""
