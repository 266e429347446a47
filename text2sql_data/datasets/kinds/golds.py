"""Questions to be asked, each with its prompt and its gold: what GRPO and verl have in common."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from text2sql_data.datasets.prompting import QUESTION_FIELDS, NoPrompt
from text2sql_data.datasets.recipe import Grpo, Verl
from text2sql_data.datasets.rows import Drop, Question
from text2sql_data.datasets.source import Source, text

_NOBODY = UUID(int=0)


class Asked(NamedTuple):
    """A question to be asked.

    Attributes:
        question: The question.
        prompt: Its prompt.
        sql: Its gold.
        sha256: sha256 of its database file; None where there is none.
    """

    question: Question
    prompt: str
    sql: str
    sha256: str | None


def asked(source: Source, recipe: Grpo | Verl) -> Iterator[Asked | Drop]:
    """The questions of the recipe's benchmarks; one without a gold that gives a result has no reward, and is left out.

    The caller gives the drops their identity.
    """
    source.prompter.require("sql", QUESTION_FIELDS)
    for row in source.rows(text("golds"), benchmarks=list(recipe.benchmarks), gold_revision=recipe.gold_revision):
        question = source.question(row)
        if row["sql"] is None:
            yield Drop(_NOBODY, question, "no_gold", f"it has no gold of the revision {recipe.gold_revision}")
        elif row["status"] not in {None, "ok"}:
            yield Drop(_NOBODY, question, f"gold_{row['status']}", row["error"] or f"the gold ended with {row['status']}")
        else:
            prompt = source.prompter.prompt(None, "sql", source.fields(question))
            if isinstance(prompt, NoPrompt):
                yield Drop(_NOBODY, question, *prompt)
            else:
                yield Asked(question, prompt, row["sql"], row["sha256"])
