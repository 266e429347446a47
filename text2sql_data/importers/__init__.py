"""Importers: foreign files become runs, candidates, critiques and imported labels. One format a module."""

from text2sql_data.importers import bird, critiques, grpo, jsonl, k_lists, mats, spider, trajectories
from text2sql_data.importers.model import Format

FORMATS: tuple[Format, ...] = (
    spider.FORMAT,
    bird.FORMAT,
    jsonl.FORMAT,
    k_lists.FORMAT,
    mats.FORMAT,
    trajectories.FORMAT,
    grpo.FORMAT,
    critiques.FORMAT,
)
