"""Reads a run from the lake question by question, one in memory at a time.

DuckDB keeps the texts that it sorts in memory. So they are asked for in ranges of questions, each by one ordered query that is
fetched in batches.
"""

from collections.abc import Iterator
from importlib.resources import files
from itertools import chain, groupby
from typing import Any

import duckdb
import msgspec

from store.scratch import Scratch
from text2sql_data.exporters.model import Answer, Candidate, Critique, Facts, Question
from text2sql_data.importers.model import Parent

_SQL = files("text2sql_data") / "exporters" / "sql"
_JUDGED = files("text2sql_data") / "pairs" / "sql" / "judged.sql"
_BATCH = 2_000
_BYTES = 20_000_000  # of texts in one range


def questions(
    scratch: Scratch, run: str, gold_revision: str, comparator: str | None, regime: str | None, *, previews: bool
) -> Iterator[Question]:
    """The questions of a run, in order, with all that belongs to them.

    Args:
        scratch: Where to read; what every question needs is staged there first.
        run: The run.
        gold_revision: Gold revision of the golds and of the labels.
        comparator: Whose labels are the flags; None: there are none. With a file's flags goes what the file says of what ran.
        regime: Regime of the critiques; None: there are none.
        previews: Whether the first rows of results are asked for; otherwise the costs of query plans are.
    """
    judged = f"WITH judged AS ({_JUDGED.read_text('utf-8')}\n), {text('told').partition('WITH ')[2]}"
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE export_told AS {judged}",
        run=run,
        comparator=comparator or "",
        gold_revision=gold_revision,
        runs=[run],
        max_turns=None,
        claims=comparator is not None and comparator.startswith("file:"),
    )
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE export_critiques AS {text('critiques')}", run=run, regime=regime)
    for first, last in scratch.execute(text("batches"), run=run, bytes=_BYTES).fetchall():
        rows = scratch.execute(
            text("rollouts"), run=run, gold_revision=gold_revision, previews=previews, costs=not previews, first=first, last=last
        )
        yield from _questions(_rows(rows))


def _questions(rows: Iterator[tuple[Any, ...]]) -> Iterator[Question]:
    """Each question begins with its own row, the only one that has facts."""
    number = 0

    def numbered(row: tuple[Any, ...]) -> int:
        nonlocal number
        number += row[0] is not None
        return number

    for _, parts in groupby(rows, numbered):
        yield _question(parts)


def answers(scratch: Scratch, **parameters: object) -> Iterator[Answer]:
    """One answer for each question of the benchmark, in order.

    Args:
        scratch: Where to read.
        parameters: run, sample, final and gate, as sql/answers.sql takes them.
    """
    return (Answer(*row) for row in _rows(scratch.execute(text("answers"), **parameters)))


def text(name: str) -> str:
    """The text of one of the package's statements."""
    return (_SQL / f"{name}.sql").read_text("utf-8")


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    return chain.from_iterable(iter(lambda: result.fetchmany(_BATCH), []))


def _question(parts: Iterator[tuple[Any, ...]]) -> Question:
    facts = Facts(**next(parts)[0])
    prompts: dict[object, str] = {}
    found: dict[object, Candidate] = {}
    for _, prompt, candidate, critique in parts:
        if prompt is not None:
            prompts[prompt["prompt"]] = prompt["text"]
        elif candidate is not None:
            parent = candidate["parent"]
            candidate["parent"] = None if parent is None else Parent(**parent)
            candidate["prompt"] = prompts.get(candidate["prompt"])
            if (drawn := candidate["generation"]) and drawn["sampling"] is not None:
                drawn["sampling"] = msgspec.Raw(drawn["sampling"].encode())
            found[candidate["candidate"]] = Candidate(**candidate, critiques=[])
        else:
            owner = found[critique.pop("candidate")]
            critique["prompt"] = prompts.get(critique["prompt"])
            owner.critiques.append(Critique(**critique))
    return Question(facts, list(found.values()))
