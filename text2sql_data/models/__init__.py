"""Trained models of the lake: their rows, their files, and how a client finds them."""
