"""The loop: a model is trained, rolled out, and trained again on what came of it, by the commands that do each step alone."""
