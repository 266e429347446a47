"""Selector, pointwise: a candidate with what it did, and the completion YES or NO.

A candidate that nobody could judge is neither, and is left out.
"""

from collections.abc import Iterator

from store.ids import content_id
from text2sql_data.datasets.kinds import candidates
from text2sql_data.datasets.prompting import SUBJECT_FIELDS, NoPrompt, completion_columns, prompt_columns
from text2sql_data.datasets.recipe import SelectorPointwise
from text2sql_data.datasets.rows import Drop, Example
from text2sql_data.datasets.source import Source

KIND = "selector_pointwise"


def examples(source: Source, recipe: SelectorPointwise) -> Iterator[Example | Drop]:
    """One example a candidate."""
    source.prompter.require(KIND, SUBJECT_FIELDS)
    candidates.offer(source, recipe)
    for row in candidates.answers(source):
        question, identity = source.question(row), content_id(KIND, str(row["candidate"]))
        if row["drop"]:
            yield Drop(identity, question, row["drop"], candidates.why_dropped(row))
            continue
        prompt = source.prompter.prompt(None, KIND, source.fields(question, sql=row["sql"], result=source.result(row)))
        if isinstance(prompt, NoPrompt):
            yield Drop(identity, question, *prompt)
            continue
        answer = "YES" if row["verdict"] == "correct" else "NO"
        content = {"prompt": prompt_columns(recipe, prompt), "completion": completion_columns(recipe, answer)}
        yield Example(identity, question, candidates.sources(row, recipe), content, answer, row["stage"])
