"""GRPO: a prompt a question, with the columns that a reward function needs to execute and compare: TRL hands them over by name.

No path is among them, for a path is another one on every machine: find the file by `benchmark` and `db_id`, prove it by `sha256`.
"""

from collections.abc import Iterator

from store.ids import JSON, content_id
from text2sql_data.datasets.kinds.golds import asked
from text2sql_data.datasets.prompting import prompt_columns
from text2sql_data.datasets.recipe import Grpo
from text2sql_data.datasets.rows import Drop, Example
from text2sql_data.datasets.source import Source

KIND = "grpo"


def examples(source: Source, recipe: Grpo) -> Iterator[Example | Drop]:
    """One example a question."""
    for item in asked(source, recipe):
        question = item.question
        identity = content_id(KIND, question.benchmark or "", question.revision or "", question.position or 0)
        if isinstance(item, Drop):
            yield item._replace(row=identity)
            continue
        content: dict[str, JSON] = {
            "prompt": prompt_columns(recipe, item.prompt),
            "benchmark": question.benchmark,
            "revision": question.revision,
            "position": question.position,
            "db_id": question.db_id,
            "sha256": item.sha256,
            "gold_sql": item.sql,
            "gold_revision": recipe.gold_revision,
        }
        yield Example(identity, question, {"gold_revision": recipe.gold_revision}, content)
