"""Exporters: a run becomes a file that other programs read, and that imports again to the same rows. One format a module."""

from text2sql_data.exporters import bird, grpo, mats, spider, trajectories
from text2sql_data.exporters.model import Predictions, Rollouts

FORMATS: tuple[Rollouts | Predictions, ...] = (mats.FORMAT, trajectories.FORMAT, grpo.FORMAT, bird.FORMAT, spider.FORMAT)
