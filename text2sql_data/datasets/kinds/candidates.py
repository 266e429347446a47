"""Judged candidates for examples: read from runs, grouped by answer, with what is not to be used left out."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from store.ids import JSON
from text2sql_data.datasets.recipe import Judged, Sft
from text2sql_data.datasets.rows import Question
from text2sql_data.datasets.source import Row, Source, stage_sql_forms, text

_DETAILS = {
    "no_sql": "no SQL could be taken out of the completion",
    "unknown_label": "it could not be judged: {reason}",
    "rewrite": "the same answer as candidate {stands_for}",
}


def offer(source: Source, recipe: Judged) -> None:
    """Put the candidates that a recipe reads into `offered_candidates`, and their answers into `grouped_answers`."""
    source.scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE offered_candidates AS {text('candidates')}",
        runs=list(recipe.runs),
        comparator=recipe.comparator,
        gold_revision=recipe.gold_revision,
        gate=recipe.gate,
        seed=str(recipe.seed),
        agent=recipe.agent if isinstance(recipe, Sft) else "sql",
    )
    stage_sql_forms(source.scratch, "offered_candidates")
    source.scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE grouped_answers AS {text('answers')}",
        duplicates=recipe.duplicates,
        recorded_prompt=source.prompter.recorded,
        recorded_completion=isinstance(recipe, Sft) and recipe.completion == "recorded",
    )


def answers(source: Source) -> Iterator[Row]:
    """The candidates of `grouped_answers`, question by question, each with `drop`: why it is not to be used, or None."""
    return source.rows(text("shown_answers"))


def by_question(source: Source) -> Iterator[tuple[Question, list[Row]]]:
    """The candidates of each question."""
    for _, rows in groupby(answers(source), lambda row: (row["benchmark"], row["revision"], row["position"])):
        listed = list(rows)
        yield source.question(listed[0]), listed


def why_dropped(row: Row) -> str:
    """The detail of a drop, for people."""
    return _DETAILS[row["drop"]].format(reason=row["reason"], stands_for=row["stands_for"])


def sources(row: Row, recipe: Judged) -> Mapping[str, JSON]:
    """What an example about one candidate was made from."""
    return {
        "candidate": str(row["candidate"]),
        "run": row["run"],
        "sample": row["sample"],
        "stage": row["stage"],
        "comparator": recipe.comparator,
        "gold_revision": recipe.gold_revision,
        "verdict": row["verdict"],
    }
