"""Reading choices from the lake: the one place where selectors get what they see from."""

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from text2sql_data.selection.draws import members
from text2sql_data.selection.model import Choices

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from store.scratch import Scratch

CHUNK = 20_000
"""Questions that are read at a time."""

_SQL = files("text2sql_data.selection") / "sql"


class Seen(NamedTuple):
    """Some questions of a run, as a selector may see them: one row a question, and one a final answer."""

    questions: "pl.DataFrame"
    answers: "pl.DataFrame"


def text(name: str) -> str:
    """A statement of this package."""
    return (_SQL / f"{name}.sql").read_text("utf-8")


def ranges(scratch: "Scratch", run: str, chunk: int = CHUNK) -> "Iterator[tuple[int, int]]":
    """Ranges of positions that hold the questions of a run, each to be read at once."""
    row = scratch.execute(text("ranges"), run=run).fetchone()
    if row is None or not row[0]:
        return
    first, last = int(row[1]), int(row[2])
    for start in range(first, last + 1, chunk):
        yield start, min(start + chunk, last + 1)


def stage(scratch: "Scratch", run: str, gate: str, first: int, end: int) -> int:
    """Stage the answers of a range of questions, and the digests of what can be seen of them; the number of questions."""
    for name, query, parameters in (
        ("answers_seen", "answers", {"run": run, "gate": gate, "first": first, "end": end}),
        ("inputs_seen", "inputs", {}),
    ):
        scratch.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text(query)}", **parameters)
    row = scratch.execute("SELECT count(*) FROM temp.inputs_seen").fetchone()
    return int(row[0]) if row else 0


def staged(scratch: "Scratch", positions: "pl.DataFrame | None" = None) -> Seen:
    """What is staged, as frames.

    Args:
        scratch: Where it is staged.
        positions: Only the questions in its column `position`.
    """
    import polars as pl

    questions = scratch.execute(text("seen_questions")).pl()
    if positions is not None:
        questions = questions.join(positions.select(pl.col("position").cast(pl.Int32)), on="position", how="semi")
        scratch.stage("positions_seen", questions.select("position"))
    chosen = "FROM temp.answers_seen" + ("" if positions is None else " SEMI JOIN temp.positions_seen USING (position)")
    return Seen(questions, scratch.execute(f"{chosen} ORDER BY position, sample").pl())


def choices(seen: Seen, *, draws: int = 0, seed: int = 0, more_than_half: bool = False) -> Choices:
    """What there is to choose from: for every question all its answers, and draws of k of them for curves.

    Args:
        seen: The questions and their answers.
        draws: Draws of every k below the number of answers.
        seed: Seed of the draws.
        more_than_half: Draw only where k is more than half of the answers.
    """
    import polars as pl

    answers = seen.answers.with_columns(place=pl.int_range(pl.len()).over("run", "position"))
    sizes = answers.group_by("run", "position", maintain_order=True).agg(n=pl.len())
    parts = ["run", "position", "k", "draw"]
    if draws:
        drawn = members(sizes, draws, seed, more_than_half=more_than_half)
        numbered = drawn.select(parts).unique(maintain_order=True).with_row_index("choice")
        within = drawn.join(numbered, on=parts).select("choice", "run", "position", "place")
        answers = within.join(answers, on=["run", "position", "place"], maintain_order="left")
    else:
        whole = sizes.with_columns(k=pl.col("n").cast(pl.Int32), draw=pl.lit(0, pl.Int32)).select(parts)
        numbered = whole.with_row_index("choice")
        answers = numbered.select("choice", "run", "position").join(answers, on=["run", "position"], maintain_order="left")
    return Choices(
        numbered.join(seen.questions, on=["run", "position"], how="left", maintain_order="left"),
        with_votes(answers.drop("place")),
    )


def with_votes(answers: "pl.DataFrame") -> "pl.DataFrame":
    """Answers with their votes: how many of the choice have the same result; 0 for SQL that did not execute."""
    import polars as pl

    counted = pl.when(pl.col("result").is_not_null()).then(pl.len().over("choice", "result")).otherwise(0)
    return answers.with_columns(votes=counted.cast(pl.Int32))
