"""verl: a prompt a question, in the columns of its Parquet files: data_source, prompt, ability, reward_model and extra_info."""

from collections.abc import Iterator

from store.ids import JSON, content_id
from text2sql_data.datasets.kinds.golds import asked
from text2sql_data.datasets.prompting import prompt_columns
from text2sql_data.datasets.recipe import Verl
from text2sql_data.datasets.rows import Drop, Example
from text2sql_data.datasets.source import Source

KIND = "verl"


def examples(source: Source, recipe: Verl) -> Iterator[Example | Drop]:
    """One example a question. `extra_info.index` is its position; `extra_info.split` is filled in when it is drawn."""
    for item in asked(source, recipe):
        question = item.question
        identity = content_id(KIND, question.benchmark or "", question.revision or "", question.position or 0)
        if isinstance(item, Drop):
            yield item._replace(row=identity)
            continue
        content: dict[str, JSON] = {
            "data_source": question.benchmark,
            "prompt": prompt_columns(recipe, item.prompt),
            "ability": recipe.ability,
            "reward_model": {"style": "rule", "ground_truth": item.sql},
            "extra_info": {
                "index": question.position,
                "split": None,
                "db_id": question.db_id,
                "sha256": item.sha256,
                "revision": question.revision,
                "gold_revision": recipe.gold_revision,
            },
        }
        yield Example(identity, question, {"gold_revision": recipe.gold_revision}, content)
