"""Selector, by features: the features of a final answer among the answers of its question, and whether it is right.

An answer that nobody could judge is left out; it counts in the features of the others all the same, as it does at inference.
"""

from collections.abc import Iterator
from importlib.resources import files

from store.ids import JSON, content_id
from text2sql_data.datasets.recipe import SelectorFeatures
from text2sql_data.datasets.rows import Drop, Example
from text2sql_data.datasets.source import Source
from text2sql_data.features.computing import KEY, compute
from text2sql_data.selection import choices as reading

KIND = "selector_features"
_VERDICTS = (files("text2sql_data") / "datasets" / "sql" / "final_verdicts.sql").read_text("utf-8")


def examples(source: Source, recipe: SelectorFeatures) -> Iterator[Example | Drop]:
    """One example a final answer."""
    for run in recipe.runs:
        for first, end in list(reading.ranges(source.scratch, run)):
            if reading.stage(source.scratch, run, recipe.gate, first, end):
                yield from _of_range(source, recipe)


def _of_range(source: Source, recipe: SelectorFeatures) -> Iterator[Example | Drop]:
    """The examples of the questions that are staged."""
    choices = reading.choices(reading.staged(source.scratch), draws=recipe.draws, seed=recipe.seed, more_than_half=True)
    values = compute(choices)
    named = choices.answers.join(choices.questions.select("choice", "k", "draw"), on="choice", how="left", maintain_order="left")
    names = [name for name in values.columns if name not in KEY]
    found = source.scratch.execute(_VERDICTS, comparator=recipe.comparator, gold_revision=recipe.gold_revision).fetchall()
    verdicts = {candidate: (verdict, reason) for candidate, verdict, reason in found}
    places = ["benchmark", "revision", "position", "db_id", "run", "sample", "stage", "candidate", "k", "draw"]
    for row, numbers in zip(named.select(places).iter_rows(named=True), values.select(names).iter_rows(), strict=True):
        question, identity = source.question(row), content_id(KIND, str(row["candidate"]), row["k"], row["draw"])
        verdict, reason = verdicts.get(str(row["candidate"]), ("unknown", "not_labelled"))
        if verdict == "unknown":
            yield Drop(identity, question, "unknown_label", f"it could not be judged: {reason}")
            continue
        sources: dict[str, JSON] = {
            "candidate": str(row["candidate"]),
            "run": row["run"],
            "sample": row["sample"],
            "stage": row["stage"],
            "comparator": recipe.comparator,
            "gold_revision": recipe.gold_revision,
            "verdict": verdict,
        }
        right = verdict == "correct"
        content: dict[str, JSON] = {
            "prompt": question.text,
            "candidate": str(row["candidate"]),
            "choice": f"{row['run']} {row['position']} {row['k']} {row['draw']}",
            "draw": row["draw"],
            "features": list(numbers),
            "label": right,
        }
        yield Example(identity, question, sources, content, str(right).lower(), row["stage"])
