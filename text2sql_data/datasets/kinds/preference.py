"""Preference: a prompt with the completion that is preferred and the one that is not, for DPO, ORPO and reward models.

The trainers take one prompt for both sides. A pair whose sides answer different prompts is left out, unless the recipe lets the
prompt of the chosen side stand for both; for the two as they were, see KTO.
"""

from collections.abc import Iterator

from store.ids import JSON
from text2sql_data.datasets.kinds.pairs import Pair, pairs
from text2sql_data.datasets.prompting import completion_columns, prompt_columns
from text2sql_data.datasets.recipe import Preference
from text2sql_data.datasets.rows import Drop, Example
from text2sql_data.datasets.source import Source

KIND = "preference"


def examples(source: Source, recipe: Preference) -> Iterator[Example | Drop]:
    """One example a pair."""
    for pair in pairs(source, recipe):
        if isinstance(pair, Drop):
            yield pair
            continue
        row = pair.row
        if pair.prompt != pair.rejected_prompt and recipe.two_prompts == "drop":
            yield Drop(row["pair"], pair.question, "two_prompts", "its sides answer different prompts")
            continue
        if row["chosen"] == row["rejected"]:
            yield Drop(row["pair"], pair.question, "same_text", "chosen and rejected are the same text")
            continue
        content: dict[str, JSON] = {
            "prompt": prompt_columns(recipe, pair.prompt),
            "chosen": completion_columns(recipe, row["chosen"]),
            "rejected": completion_columns(recipe, row["rejected"]),
        }
        if recipe.margin:
            content["margin"] = row["margin"]
        yield Example(row["pair"], pair.question, sources(pair), content, type=row["type"])


def sources(pair: Pair) -> dict[str, JSON]:
    """What an example about a pair was made from."""
    row = pair.row
    ids = ("chosen_candidate", "rejected_candidate", "chosen_critique", "rejected_critique")
    return {
        "pair": str(row["pair"]),
        "pair_set": row["pair_set"],
        "run": row["run"],
        "origin": row["origin"],
        "agent": row["agent"],
        **{name: str(row[name]) for name in ids if row[name] is not None},
    }
