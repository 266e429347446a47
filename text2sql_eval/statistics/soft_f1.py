"""Soft-F1 as BIRD's mini-dev defines it: how much of the gold's rows a result has, row against row in their order.

Rows are compared where digests leave it open. The order of rows counts, also where the question asks for none: that is the
definition.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from text2sql_data.comparators.labelling import batched, current_limits
from text2sql_data.execution import pool
from text2sql_data.execution.outcome import Row, Task
from text2sql_eval.statistics.terms import RUN, terms_frame

if TYPE_CHECKING:
    import polars as pl

    from store import Lake
    from store.progress import Advance
    from store.scratch import Scratch

_COMPARISONS = 100  # whole results: no more of them in memory than that


class Comparison(NamedTuple):
    """A candidate's SQL and a gold's on one database."""

    database: str
    path: str
    sql: str
    gold_sql: str


def soft_f1(predicted: Sequence[Row], gold: Sequence[Row]) -> float:
    """Soft-F1 of one result, from 0 to 1.

    Repeated rows are dropped. The i-th row is compared with the i-th row of the gold: values of it that the gold's row has are
    matched, values of either that the other lacks are not; all three are divided by the width of the gold's row. A row without a
    counterpart counts 1 against the side that has it. Two empty results give 1.
    """
    if not predicted and not gold:
        return 1.0
    predicted, gold = list(dict.fromkeys(predicted)), list(dict.fromkeys(gold))
    surplus = len(predicted) - len(gold)
    matched, only_predicted, only_gold = 0.0, float(max(0, surplus)), float(max(0, -surplus))
    for ours, theirs in zip(predicted, gold, strict=False):
        found = sum(value in theirs for value in ours)
        matched += found / len(theirs)
        only_predicted += (len(ours) - found) / len(theirs)
        only_gold += sum(value not in ours for value in theirs) / len(theirs)
    return 2 * matched / (2 * matched + only_predicted + only_gold)


def measure(
    scratch: "Scratch", *, lake: "Lake", processes: int | None = None, advance: "Advance" = lambda _: None
) -> "pl.DataFrame":
    """Soft-F1 of the first final answer of each question: the metric `soft_f1`.

    An answer that does not execute, or has text that BIRD's script cannot decode, has 0. One that was not executed here, or
    can be executed no more, has no value.

    Args:
        scratch: Where the outcomes are staged.
        lake: The lake, whose limits bound the execution.
        processes: Worker processes.
        advance: Called with the number of comparisons that were made.

    Returns:
        Columns as in `terms.TERMS`.

    Raises:
        NotExecutedError: Nothing was executed in this lake.
    """
    from text2sql_eval.outcomes import text

    answers = scratch.execute(text("first_answers")).pl()
    rows, open_ = [], dict[Comparison, list[tuple[object, ...]]]()
    for answer in answers.iter_rows(named=True):
        head = tuple(answer[column] for column in (*RUN, "position"))
        value = _without_rows(answer)
        if answer["path"] is None or answer["gold_sql"] is None or answer["status"] in {"no_database", "not_executed"}:
            rows.append((*head, "soft_f1", 1, 0.0, 0.0))
        elif value is None:
            wanted = Comparison(answer["database"], answer["path"], answer["sql"], answer["gold_sql"])
            open_.setdefault(wanted, []).append(head)
        else:
            rows.append((*head, "soft_f1", 1, value, 1.0))
    for comparison, found in _compared(list(open_), lake, processes, advance):
        rows += [(*head, "soft_f1", 1, found or 0.0, float(found is not None)) for head in open_[comparison]]
    return terms_frame(rows)


def _without_rows(answer: dict[str, object]) -> float | None:
    """The value where status, row counts and digests decide it."""
    if answer["status"] != "ok" or answer["undecodable"]:
        return 0.0
    if answer["identical"]:
        return 1.0
    known = answer["n_rows"] is not None and answer["gold_rows"] is not None
    return 0.0 if known and (answer["n_rows"] == 0) != (answer["gold_rows"] == 0) else None


def _compared(
    open_: list[Comparison], lake: "Lake", processes: int | None, advance: "Advance"
) -> Iterator[tuple[Comparison, float | None]]:
    """Each comparison with its value, or None where a result cannot be had."""
    if not open_:
        return
    _, limits = current_limits(lake)
    for batch in batched(open_, _COMPARISONS):
        tasks = {(c.database, sql): Task(c.database, c.path, sql, sql) for c in batch for sql in (c.sql, c.gold_sql)}
        results = {(r.task.database, r.task.sql): r for r in pool.fetch_rows(tasks.values(), limits, processes=processes)}
        for comparison in batch:
            ours, gold = (results[comparison.database, sql] for sql in (comparison.sql, comparison.gold_sql))
            fetched = ours.status == gold.status == "ok"
            yield comparison, soft_f1(ours.rows, gold.rows) if fetched else None
        advance(len(batch))
