"""A report on drift as one JSON value: what moved from one side to the other, question by question and run by run.

Everything is counted in SQL over the labels of both sides. Nothing is executed and nothing is labelled: what a side lacks is said
(`not_compared`), and `t2s relabel` makes it. The same lake and the same options give the same value.
"""

from typing import Any

import numpy as np

from store import Lake
from store.commit import versions as software
from store.scratch import Scratch
from text2sql_eval.drift.ranks import Grid, Shift, Swap, competition_ranks, kendall, shifts, swaps
from text2sql_eval.drift.sides import Choice, Seen, Side, beside, look, text, without
from text2sql_eval.learnt import Learnt, TrainedQuestionsError
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.outcomes import NothingToCountError
from text2sql_eval.statistics.bootstrap import Resampling

FORMAT = 1
"""Version of the JSON's form."""

Report = dict[str, Any]
Row = dict[str, Any]

MOVES = ("to_wrong", "to_correct", "excluded", "counted")
"""How an answer moves: correct to wrong, wrong to correct, no longer counted, counted again."""

_SOFTWARE = ("text2sql-store", "duckdb")


def drift(
    lake: Lake,
    before: Side,
    after: Side,
    choice: Choice | None = None,
    *,
    resampling: Resampling | None = None,
    title: str = "",
) -> Report:
    """Compare two opinions about the same runs.

    Args:
        lake: The lake, at its latest version.
        before: The first side.
        after: The second.
        choice: Which answers.
        resampling: How intervals are made; None is the default.
        title: Heading.

    Raises:
        NothingToCountError: No run has labels on both sides.
        NameNotFoundError: A run, benchmark, comparator or gold revision is not there.
        TrainedQuestionsError: A model of a run was trained on questions that count, that is not allowed, and the run is named or
            no other is left.
    """
    choice = choice or Choice()
    how = resampling or Resampling()
    seen = look(lake, before, choice), look(lake, after, choice)
    left_out = _of_both(seen[0].left_out, seen[1].left_out)
    if left_out:  # what one side leaves out is not on the other either
        names = list({one.run for one in left_out})
        seen = without(seen[0], names), without(seen[1], names)
    with lake.scratch() as scratch:
        beside(scratch, *seen, choice)
        runs = _rows(scratch, "runs")
        if not runs and left_out:
            raise TrainedQuestionsError(left_out)
        if not runs:
            raise NothingToCountError(
                f"No run has labels of both {before.name} and {after.name}.",
                f"Run: t2s relabel --comparator {after.comparator} --gold-revision {after.gold_revision}",
            )
        candidates = {row.pop("run"): row for row in _rows(scratch, "candidates")}
        tables = {
            name: _rows(scratch, name, **parameters)
            for name, parameters in {
                "excluded": {},
                "databases": {},
                "reasons": {},
                "questions": {"from_revision": before.gold_revision, "to_revision": after.gold_revision},
            }.items()
        }
        keys = list(dict.fromkeys((run["benchmark"], run["revision"]) for run in runs))
        found = [_benchmark(scratch, key, runs, candidates, tables, how) for key in keys]
    return {
        "report": "drift",
        "format": FORMAT,
        "title": title or f"Drift from {before.name} to {after.name}",
        "lake_version": lake.version,
        "software": {name: software()[name] for name in _SOFTWARE if name in software()},
        "options": {
            "metric": choice.metric,
            "gate": choice.gate,
            "common": choice.common,
            "allow_trained": choice.allow_trained,
            "runs": None if choice.runs is None else list(choice.runs),
            "benchmarks": None if choice.benchmarks is None else list(choice.benchmarks),
            **how._asdict(),
        },
        "from": _side(before, seen[0]),
        "to": _side(after, seen[1]),
        "in_training": in_training(_learnt(seen, {run["run"] for run in runs})),
        "left_out": in_training(left_out),
        "not_compared": _not_compared(seen, {run["run"] for run in runs}),
        "benchmarks": found,
    }


def _side(side: Side, seen: Seen) -> Row:
    return {
        "name": side.name,
        "comparator": side.comparator,
        "gold_revision": side.gold_revision,
        "at": side.at,
        "lake_version": seen.version,
    }


def _learnt(seen: tuple[Seen, Seen], compared: set[str]) -> list[Learnt]:
    """What models of the compared runs learnt of what a side counts."""
    return [one for one in _of_both(seen[0].learnt, seen[1].learnt) if one.run in compared]


def _of_both(first: list[Learnt], second: list[Learnt]) -> list[Learnt]:
    """What was found on two sides; of two that are about the same, the one that counts more of it."""
    found: dict[tuple[str, str, str], Learnt] = {}
    for one in sorted((*first, *second), key=lambda one: (one.run, one.model, one.pin, one.questions, one.counted)):
        found[one.run, one.model, one.pin] = one
    return list(found.values())


def _not_compared(seen: tuple[Seen, Seen], compared: set[str]) -> list[Row]:
    """The runs that lack a label on a side."""
    there = [set(one.outcomes["run"].unique().to_list()) for one in seen]
    runs = sorted((set().union(*there, *(one.unjudged for one in seen))) - compared)
    return [{"run": run, "from": run in there[0], "to": run in there[1]} for run in runs]


def _benchmark(
    scratch: Scratch,
    key: tuple[str, str],
    runs: list[Row],
    candidates: dict[str, Row],
    tables: dict[str, list[Row]],
    how: Resampling,
) -> Row:
    benchmark, revision = key
    mine = [run for run in runs if (run["benchmark"], run["revision"]) == key]
    of = {
        name: [_without_key(row) for row in rows if (row["benchmark"], row["revision"]) == key] for name, rows in tables.items()
    }
    names = [run["run"] for run in mine]
    grid = _grid(scratch, benchmark, revision, len(mine))
    if how.cluster == "question":
        grid = grid._replace(clusters=np.arange(len(grid.clusters)))
    values = {
        (over, side): [_ratio(run[f"{prefix}correct_{side}"], run[n]) for run in mine]
        for over, prefix in (("both", ""), ("own", "own_"))
        for side, n in (("from", "n" if over == "both" else "own_n_from"), ("to", "n" if over == "both" else "own_n_to"))
    }
    ranks = {place: competition_ranks(of_side) for place, of_side in values.items()}
    changed: list[Shift | None] = [*shifts(grid, how)] or [None] * len(mine)
    swapped = swaps(grid, ranks["both", "from"], ranks["both", "to"], how)
    beyond = {column for swap in swapped if swap.shift.direction for column in (swap.a, swap.b)}
    return {
        "benchmark": benchmark,
        "revision": revision,
        "answers": {"n": sum(run["n"] for run in mine), **{move: sum(run[move] for run in mine) for move in MOVES}},
        "questions_moved": len(of["questions"]),
        "questions_flipped": sum(1 for row in of["questions"] if row["to_wrong"] or row["to_correct"]),
        "golds_changed": sum(1 for row in of["questions"] if row["gold_changed"]),
        "tau": {over: kendall(values[over, "from"], values[over, "to"]) for over in ("both", "own")},
        "runs": [
            {
                "run": run["run"],
                "system": run["system"],
                "both": {
                    "n": run["n"],
                    "from": values["both", "from"][place],
                    "to": values["both", "to"][place],
                    "rank_from": ranks["both", "from"][place],
                    "rank_to": ranks["both", "to"][place],
                    "beyond_noise": place in beyond and ranks["both", "from"][place] != ranks["both", "to"][place],
                    **_shift(changed[place]),
                },
                "own": {
                    side: {
                        "value": values["own", side][place],
                        "n": run[f"own_n_{side}"],
                        "rank": ranks["own", side][place],
                        "excluded": {
                            row["reason"]: row["questions"]
                            for row in of["excluded"]
                            if (row["run"], row["side"]) == (run["run"], side)
                        },
                    }
                    for side in ("from", "to")
                },
                "moved": {move: run[move] for move in MOVES},
                "candidates": candidates.get(run["run"]),
            }
            for place, run in enumerate(mine)
        ],
        "swaps": [_swap(swap, names) for swap in swapped],
        "databases": of["databases"],
        "reasons": of["reasons"],
        "questions": of["questions"],
    }


def _grid(scratch: Scratch, benchmark: str, revision: str, n_runs: int) -> Grid:
    columns = scratch.execute(text("grid"), benchmark=benchmark, revision=revision).fetchnumpy()
    weight, before, after = (
        np.ma.getdata(columns[name]).reshape(-1, n_runs) for name in ("weight", "correct_from", "correct_to")
    )
    return Grid(weight, before, after, np.ma.getdata(columns["cluster"])[::n_runs])


def _ratio(count: int, n: int) -> float | None:
    return count / n if n else None


def _shift(found: Shift | None) -> Row:
    if found is None:
        return {"change": None, "p_value": None, "p_adjusted": None, "shown": None}
    shown = {1: "better", -1: "worse"}.get(found.direction)
    return {
        "change": found.change._asdict(),
        "p_value": found.p_value,
        "p_adjusted": found.p_adjusted,
        "shown": shown,
    }


def _swap(found: Swap, names: list[str]) -> Row:
    return {
        "a": names[found.a],
        "b": names[found.b],
        "gap_from": found.before._asdict(),
        "gap_to": found.after._asdict(),
        "change": found.shift.change._asdict(),
        "p_value": found.shift.p_value,
        "p_adjusted": found.shift.p_adjusted,
        "beyond_noise": bool(found.shift.direction),
    }


def _without_key(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in {"benchmark", "revision"}}


def _rows(scratch: Scratch, name: str, **parameters: object) -> list[Row]:
    result = scratch.execute(text(name), **parameters)
    columns = [column for column, *_ in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
