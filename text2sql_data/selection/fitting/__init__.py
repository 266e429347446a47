"""Fitting the selector `features`: from a pin of features to a model in the lake, cross-fitted by database."""
