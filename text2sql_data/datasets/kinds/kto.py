"""KTO: completions that are good or bad, each by itself, in the columns prompt, completion and label.

From runs: a SQL, and whether it is right. From pairs: the chosen side is good, the rejected one bad, each with its own prompt.
"""

from collections.abc import Iterator

from store.ids import content_id
from text2sql_data.datasets.kinds import candidates
from text2sql_data.datasets.kinds.pairs import pairs
from text2sql_data.datasets.kinds.preference import sources
from text2sql_data.datasets.prompting import QUESTION_FIELDS, NoPrompt, completion_columns, prompt_columns
from text2sql_data.datasets.recipe import Kto
from text2sql_data.datasets.rows import Drop, Example
from text2sql_data.datasets.source import Source

KIND = "kto"


def examples(source: Source, recipe: Kto) -> Iterator[Example | Drop]:
    """One example a candidate, or one a side of a pair."""
    yield from _from_pairs(source, recipe) if recipe.pair_sets else _from_runs(source, recipe)


def _from_runs(source: Source, recipe: Kto) -> Iterator[Example | Drop]:
    source.prompter.require("sql", QUESTION_FIELDS)
    candidates.offer(source, recipe)
    for row in candidates.answers(source):
        question, identity = source.question(row), content_id(KIND, str(row["candidate"]))
        if row["drop"]:
            yield Drop(identity, question, row["drop"], candidates.why_dropped(row))
            continue
        prompt = source.prompter.prompt(row["prompt_text"], "sql", source.fields(question))
        if isinstance(prompt, NoPrompt):
            yield Drop(identity, question, *prompt)
            continue
        good = row["verdict"] == "correct"
        content = {
            "prompt": prompt_columns(recipe, prompt),
            "completion": completion_columns(recipe, row["sql"]),
            "label": good,
        }
        yield Example(identity, question, candidates.sources(row, recipe), content, str(good).lower(), row["stage"])


def _from_pairs(source: Source, recipe: Kto) -> Iterator[Example | Drop]:
    for pair in pairs(source, recipe):
        if isinstance(pair, Drop):
            yield pair
            continue
        for side, prompt, good in (("chosen", pair.prompt, True), ("rejected", pair.rejected_prompt, False)):
            content = {
                "prompt": prompt_columns(recipe, prompt),
                "completion": completion_columns(recipe, pair.row[side]),
                "label": good,
            }
            identity = content_id(KIND, str(pair.row["pair"]), side)
            made_from = {**sources(pair), "side": side}
            yield Example(identity, pair.question, made_from, content, str(good).lower(), pair.row["type"])
