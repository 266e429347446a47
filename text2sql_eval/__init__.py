"""Figures: from candidates, executions and labels to what a run achieved."""
