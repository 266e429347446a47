"""R-VES as BIRD's mini-dev defines it: what a correct answer is worth by how fast it is beside the gold.

Times are measured anew whenever it is asked for, one SQL at a time, and hold for this machine and this moment. The times in the
lake are never used: each was measured once, beside other work.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import sqrt
from statistics import fmean, pstdev
from typing import TYPE_CHECKING

from text2sql_data.comparators.labelling import current_limits
from text2sql_data.execution import pool
from text2sql_data.execution.outcome import Task
from text2sql_eval.statistics.soft_f1 import Comparison
from text2sql_eval.statistics.terms import RUN, terms_frame

if TYPE_CHECKING:
    import polars as pl

    from store import Lake
    from store.progress import Advance
    from store.scratch import Scratch

_STEPS = ((2.0, 1.25), (1.0, 1.0), (0.5, 0.75), (0.25, 0.5))
_SLOWEST = 0.25
_ABNORMAL = 3  # standard deviations


def time_ratio(ratios: Sequence[float]) -> float:
    """The mean of the repeated ratios of gold time to candidate time that lie within three standard deviations of their mean.

    Where all are equal, all are kept.

    Args:
        ratios: One a repeat, at least one.
    """
    middle, reach = fmean(ratios), _ABNORMAL * pstdev(ratios)
    return fmean([ratio for ratio in ratios if abs(ratio - middle) < reach] or ratios)


def worth(ratio: float | None) -> float:
    """What one question adds to R-VES: the square root of its reward, 0 for an answer that is not correct (None).

    The reward is 1.25 where the answer is at least twice as fast as the gold, 1 where at least as fast, 0.75 and 0.5 down to half
    and a quarter of the gold's speed, and 0.25 below.
    """
    if ratio is None:
        return 0.0
    return sqrt(next((reward for least, reward in _STEPS if ratio >= least), _SLOWEST))


def measure(scratch: "Scratch", *, lake: "Lake", repeats: int = 100, advance: "Advance" = lambda _: None) -> "pl.DataFrame":
    """R-VES of the first final answer of each question: the metric `r_ves`, up to 1.118 (the root of 1.25).

    Candidate and gold are executed in turns in one worker process. The same SQL against the same gold is timed once, whatever
    the run. An answer that cannot be timed now has no value.

    Args:
        scratch: Where the outcomes are staged.
        lake: The lake, whose limits bound the execution.
        repeats: How often candidate and gold are executed; BIRD takes 100.
        advance: Called with the number of pairs of SQL that were timed.

    Returns:
        Columns as in `terms.TERMS`.

    Raises:
        NotExecutedError: Nothing was executed in this lake.
    """
    from text2sql_eval.outcomes import text

    answers = list(scratch.execute(text("first_answers")).pl().iter_rows(named=True))
    wanted = dict.fromkeys(
        _comparison(answer) for answer in answers if answer["correct"] and answer["path"] and answer["gold_sql"]
    )
    ratios = dict(_timed(list(wanted), lake, repeats, advance))
    rows = []
    for answer in answers:
        head = tuple(answer[column] for column in (*RUN, "position"))
        found = ratios.get(_comparison(answer), []) if answer["correct"] else []
        value = worth(time_ratio(found) if found else None)
        rows.append((*head, "r_ves", 1, value, float(bool(found) or not answer["correct"])))
    return terms_frame(rows)


def _comparison(answer: dict[str, str]) -> Comparison:
    return Comparison(answer["database"], answer["path"], answer["sql"], answer["gold_sql"])


def _timed(
    wanted: Sequence[Comparison], lake: "Lake", repeats: int, advance: "Advance"
) -> Iterator[tuple[Comparison, list[float]]]:
    """Each comparison with the ratios of its repeats; of none where one of the two did not execute."""
    if not wanted:
        return
    _, limits = current_limits(lake)
    # `sql_id` is carried along unread: it says which side of which repeat an outcome is.
    tasks = (
        Task(comparison.database, comparison.path, f"{number} {side} {repeat}", sql)
        for number, comparison in enumerate(wanted)
        for repeat in range(repeats)
        for side, sql in (("candidate", comparison.sql), ("gold", comparison.gold_sql))
    )
    times: dict[int, dict[tuple[str, str], float | None]] = defaultdict(dict)
    for outcome in pool.execute(tasks, limits, processes=1):
        number, side, repeat = outcome.sql_id.split()
        known = times[int(number)]
        known[side, repeat] = outcome.elapsed_ms if outcome.status == "ok" else None
        if len(known) == 2 * repeats:
            pairs = [(known["candidate", str(n)], known["gold", str(n)]) for n in range(repeats)]
            yield wanted[int(number)], [gold / ours for ours, gold in pairs if ours and gold is not None]
            del times[int(number)]
            advance(1)
