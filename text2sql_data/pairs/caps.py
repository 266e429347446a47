"""Caps solved together: as many pairs as possible, such that every cap holds on what is kept.

The problem is an integer programme over groups of pairs that no cap tells apart. Let F(N) be the largest number of pairs when
each share f of the final set is replaced by the number floor(f N). A selection of M <= N pairs that keeps all caps is allowed in
F(N), so M <= F(N); hence N, F(N), F(F(N)), ..., which starts at all pairs and falls, never passes below the best selection, and
where it stops, F(N) = N, the shares hold for what was found. Every step is a whole-number programme with coefficients 0 and 1,
solved by HiGHS to optimality. The first N is a number that no selection exceeds: what the caps of one kind allow by themselves,
and where an even selection of so many is not found at once, the linear programme with the shares in it. The result is checked.

A question cap would need a group for every question. Questions with the same numbers of pairs in the same groups are taken
together, which loses nothing: m questions of at most q pairs each can share out x_i pairs of group i in turn, each taking the
next one round and round, exactly if x_i <= m a_i and sum x_i <= m q.
"""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from store import StoreError
from store.scratch import Scratch

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    from text2sql_data.pairs.filtering import Cap

_SQL = files("text2sql_data") / "pairs" / "sql"
_KEYS = {"type": 1, "origin": 2, "set": 3, "database": 4}
"""Columns of `select_groups`, which begins with the number of the group."""
_SCATTER = 2_654_435_761  # an odd number near 2**32 by the golden ratio: its multiples are spread evenly
_ROUNDS = 1_000  # a bound that falls slowly is as true before it has come to rest
_PROFILE, _QUESTIONS, _SIZE, _OFFERED = 5, 6, 7, 8


QUESTION = "question"
"""The family of the limits of questions."""


class CapsError(StoreError):
    """The solver gave no answer."""


class Group(NamedTuple):
    """Pairs that no cap tells apart.

    Attributes:
        members: Numbers of the limits that count it.
        size: How many pairs there are.
    """

    members: tuple[int, ...]
    size: int


class Limit(NamedTuple):
    """How much of what it counts is allowed: a number of pairs, or a share of all that are kept.

    Attributes:
        number: The number of pairs.
        share: The share, where there is no number.
        family: Limits of one family count different pairs, such as those of all types.
    """

    number: int | None
    share: Fraction | None = None
    family: str | None = None

    def of(self, total: int) -> int:
        """The number of pairs that it allows among so many."""
        if self.number is not None:
            return self.number
        return int((self.share or Fraction(0)) * total)


class CapUse(NamedTuple):
    """One cap on the final set.

    Attributes:
        by: What is counted.
        value: Which of them.
        at_most: The cap as it was given.
        allowed: The number of pairs that it allows in this set.
        kept: Pairs in the set that it counts.
        offered: Pairs that passed the filters and that it counts.
        total: Pairs in the set.
    """

    by: str
    value: str
    at_most: int | float
    allowed: int
    kept: int
    offered: int
    total: int


def solve(groups: Sequence[Group], limits: Sequence[Limit]) -> list[int]:
    """How many pairs of each group to keep: the most that the limits allow, spread evenly over the groups where it can be.

    >>> natural, synthetic = Group((), 554), Group((0,), 900)
    >>> solve([natural, synthetic], [Limit(None, Fraction(1, 5))])
    [554, 138]

    Raises:
        CapsError: The solver gave no answer.
    """
    sizes = [group.size for group in groups]
    counted = _counted(groups, len(limits))
    total = _simple_bound(groups, limits, counted)
    kept = _evenly(groups, [limit.of(total) for limit in limits], counted)
    if sum(kept) < total:
        total = min(total, _linear_bound(sizes, limits, counted))
    while True:
        allowed = [limit.of(total) for limit in limits]
        kept = _evenly(groups, allowed, counted)
        if sum(kept) >= total:
            break
        most = sum(_optimum(sizes, allowed, counted, [1] * len(sizes)))
        if most >= total:
            kept = _near(sizes, allowed, counted, kept, most)
            break
        total = most
    total = sum(kept)
    if any(sum(kept[place] for place in places) > limit.of(total) for places, limit in zip(counted, limits, strict=True)):
        raise CapsError("The solver broke a cap.", "Please report the caps and the numbers of pairs that were offered.")
    return kept


def _counted(groups: Sequence[Group], n_limits: int) -> list[list[int]]:
    """The groups that each limit counts."""
    counted: list[list[int]] = [[] for _ in range(n_limits)]
    for place, group in enumerate(groups):
        for number in group.members:
            counted[number].append(place)
    return counted


def _evenly(groups: Sequence[Group], allowed: Sequence[int], counted: Sequence[Sequence[int]]) -> list[int]:
    """Fill all groups in step, each in proportion to its size, until a limit stops it; then pair by pair what is left.

    The result keeps every limit, and no pair can be added to it; it need not be the largest one.
    """
    sizes = [group.size for group in groups]
    part = [float(size) for size in sizes]
    weight = [sum(sizes[place] for place in places) for places in counted]
    left = [float(number) for number in allowed]
    stopped = [False] * len(groups)
    # The level, from 0 to 1, at which each limit is reached. It only rises as others stop groups, so an old entry comes first.
    levels = [(left[number] / weight[number], number) for number in range(len(allowed)) if weight[number] > left[number]]
    heapq.heapify(levels)
    while levels:
        level, number = heapq.heappop(levels)
        if not weight[number] or weight[number] <= left[number]:
            continue
        if left[number] / weight[number] > level:
            heapq.heappush(levels, (left[number] / weight[number], number))
            continue
        for place in counted[number]:
            if stopped[place]:
                continue
            stopped[place] = True
            part[place] = level * sizes[place]
            for other in groups[place].members:
                weight[other] -= sizes[place]
                left[other] -= part[place]
    kept = [int(one) for one in part]
    room = [number - sum(kept[place] for place in places) for number, places in zip(allowed, counted, strict=True)]
    # The largest remainders first, as seats are given; equal ones in no order, so that no type or database comes before others.
    order = sorted(range(len(sizes)), key=lambda place: (kept[place] - part[place], place * _SCATTER % 2**32))
    for at_once in (1, max(sizes, default=0)):
        for place in order:
            members = groups[place].members
            more = min(at_once, sizes[place] - kept[place], min((room[number] for number in members), default=at_once))
            kept[place] += more
            for number in members:
                room[number] -= more
    return kept


def _simple_bound(groups: Sequence[Group], limits: Sequence[Limit], counted: Sequence[Sequence[int]]) -> int:
    """A number that no selection exceeds: what the limits of one family allow together.

    What a limit counts is no more than what its questions may keep.
    """
    sizes = [group.size for group in groups]
    questions = [number for number, limit in enumerate(limits) if limit.family == QUESTION]
    lost = [0] * len(limits)  # what the limits of questions keep back from what each limit counts
    lost_of_all = 0
    for number in questions:
        beyond: dict[int, int] = defaultdict(int)
        for place in counted[number]:
            for other in groups[place].members:
                beyond[other] += sizes[place]
        for other, size in beyond.items():
            lost[other] += max(0, size - (limits[number].number or 0)) if other != number else 0
        lost_of_all += max(0, beyond[number] - (limits[number].number or 0))
    families: dict[object, list[int]] = defaultdict(list)
    for number, limit in enumerate(limits):
        families[limit.family or number].append(number)
    total = sum(sizes) - lost_of_all
    offered = [sum(sizes[place] for place in places) for places in counted]
    others = [sum(sizes) - sum(offered[number] for number in members) for members in families.values()]
    offered = [size - less for size, less in zip(offered, lost, strict=True)]
    for _ in range(_ROUNDS):
        allowed = [min(size, limit.of(total)) for size, limit in zip(offered, limits, strict=True)]
        sums = [other + sum(allowed[n] for n in members) for other, members in zip(others, families.values(), strict=True)]
        if min(sums, default=total) >= total:
            break
        total = min(sums)
    return total


def _linear_bound(sizes: Sequence[int], limits: Sequence[Limit], counted: Sequence[Sequence[int]]) -> int:
    """A number that no selection exceeds: the optimum of the linear programme, shares included."""
    import numpy as np
    from scipy.optimize import linprog  # type: ignore[import-untyped]
    from scipy.sparse import hstack

    total = sum(sizes)
    # One more variable is the number of all pairs, of which shares are taken.
    shares = np.array([[-float(limit.share or 0)] for limit in limits])
    found = linprog(
        np.append(-np.ones(len(sizes)), 0.0),
        A_ub=hstack([_matrix(counted, len(sizes)), shares]),
        b_ub=[limit.number or 0 for limit in limits],
        A_eq=np.append(np.ones(len(sizes)), -1.0)[None, :],
        b_eq=[0.0],
        bounds=[(0, size) for size in [*sizes, total]],
        method="highs",
    )
    return min(total, int(-found.fun * (1 + 1e-8) + 1e-3)) if found.success else total  # the solver's tolerances


def _near(
    sizes: Sequence[int], allowed: Sequence[int], counted: Sequence[Sequence[int]], near: Sequence[int], total: int
) -> list[int]:
    """Of the selections of so many pairs one that has as much as can be of another selection."""
    more = [size - one for size, one in zip(sizes, near, strict=True)]
    n = len(sizes)
    twice = [[*places, *(n + place for place in places)] for places in counted]
    found = _optimum([*near, *more], allowed, twice, [1] * n + [0] * n, total)
    return [one + other for one, other in zip(found[:n], found[n:], strict=True)]


def _optimum(
    sizes: Sequence[int],
    allowed: Sequence[int],
    counted: Sequence[Sequence[int]],
    weights: Sequence[int],
    total: int | None = None,
) -> list[int]:
    """Whole numbers up to the sizes with the largest weighted sum that the limits allow, and with the given sum."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    constraints = [LinearConstraint(_matrix(counted, len(sizes)), ub=np.array(allowed, dtype=float))] if allowed else []
    if total is not None:
        constraints.append(LinearConstraint(np.ones((1, len(sizes))), lb=total, ub=total))
    found = milp(
        -np.array(weights, dtype=float),
        constraints=constraints,
        bounds=Bounds(0, np.array(sizes, dtype=float)),
        integrality=np.ones(len(sizes)),
        options={"mip_rel_gap": 0.0},
    )
    if not found.success:
        raise CapsError(f"The caps could not be solved: {found.message}", "Try fewer caps.")
    return [round(one) for one in found.x]


def _matrix(counted: Sequence[Sequence[int]], width: int) -> "csr_array":
    """One row a limit: 1 for each group that it counts."""
    from scipy.sparse import csr_array

    places = [place for row in counted for place in row]
    starts = [0, *accumulate(len(row) for row in counted)]
    return csr_array(([1.0] * len(places), places, starts), shape=(len(counted), width))


def apply(scratch: Scratch, caps: Sequence["Cap"]) -> None:
    """Decide which of the pairs in the temporary table `select_distinct` stay.

    It leaves `select_capped` (pair_set, pair, reason, detail), and in `select_caps` the use of every cap, as `CapUse` has it.
    """
    of = {by: [cap.value for cap in caps if cap.by == by] for by in _KEYS}
    names = {by: None if None in values else [value for value in values if value is not None] for by, values in of.items()}
    per_question = next((int(cap.at_most) for cap in caps if cap.by == "question"), None)
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE select_keyed AS {_text('select_keyed')}",
        types=names["type"],
        origins=names["origin"],
        sets=names["set"],
        databases=names["database"],
    )
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE select_questions AS {_text('select_questions')}", per_question=per_question)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE select_groups AS {_text('select_groups')}", per_question=per_question)
    rows = scratch.execute("FROM select_groups ORDER BY number").fetchall()
    groups, limits, meanings = _programme(rows, caps, per_question)
    kept = solve(groups, limits)
    total, counted = sum(kept), _counted(groups, len(limits))
    uses = [
        CapUse(
            cap.by,
            value,
            cap.at_most,
            limits[number].of(total),
            sum(kept[place] for place in counted[number]),
            sum(rows[place][_OFFERED] for place in counted[number]),
            total,
        )
        for number, (cap, value) in enumerate(meanings)
    ]
    scratch.execute(_text("select_tables"))
    _stage_allocation(scratch, rows, kept)
    _stage_uses(scratch, uses, limits)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE select_decided AS {_text('select_decided')}")
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE select_capped AS {_text('select_capped')}", per_question=per_question)
    if per_question is not None:
        scratch.execute(f"INSERT INTO select_caps {_text('select_question_cap')}", per_question=per_question)


def _programme(
    rows: Sequence[tuple[Any, ...]], caps: Sequence["Cap"], per_question: int | None
) -> tuple[list[Group], list[Limit], list[tuple["Cap", str]]]:
    """The groups, the limits, and which cap on which value the first limits are; the others are those of questions."""
    meanings: list[tuple[Cap, str]] = []
    limits: list[Limit] = []
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for cap in caps:
        if cap.by == "question":
            continue
        values = sorted({row[_KEYS[cap.by]] for row in rows if row[_KEYS[cap.by]] is not None})
        for value in values if cap.value is None else [cap.value]:
            numbers[cap.by, value].append(len(limits))
            limits.append(Limit(None if cap.share else int(cap.at_most), cap.share, f"{cap.by}{cap.value or ''}"))
            meanings.append((cap, value))
    profiles: dict[int, int] = {}
    groups = []
    for row in rows:
        members = [number for by, place in _KEYS.items() for number in numbers.get((by, row[place]), ())]
        profile, questions = row[_PROFILE], row[_QUESTIONS]
        if profile is not None and per_question is not None:
            if profile not in profiles:
                profiles[profile] = len(limits)
                limits.append(Limit(per_question * questions, family=QUESTION))
            members.append(profiles[profile])
        groups.append(Group(tuple(members), row[_SIZE]))
    return groups, limits, meanings


def _stage_allocation(scratch: Scratch, rows: Sequence[tuple[Any, ...]], kept: Sequence[int]) -> None:
    """Leave `select_allocated`: what each group keeps, and with which question of its profile the sharing out begins."""
    begin: dict[int, int] = defaultdict(int)
    allocated = []
    for row, count in zip(rows, kept, strict=True):
        profile = row[_PROFILE]
        allocated.append({"number": row[0], "kept": count, "begin": 0 if profile is None else begin[profile] % row[_QUESTIONS]})
        if profile is not None:
            begin[profile] += count
    if allocated:
        scratch.stage("select_batch", allocated)
        scratch.execute("INSERT INTO select_allocated BY NAME FROM select_batch")


def _stage_uses(scratch: Scratch, uses: Sequence[CapUse], limits: Sequence[Limit]) -> None:
    """Leave `select_caps`, and in `select_full` the caps that one more pair would break, in words."""
    if not uses:
        return
    scratch.stage("select_batch", [{**use._asdict(), "at_most": float(use.at_most)} for use in uses])
    scratch.execute("INSERT INTO select_caps BY NAME FROM select_batch")
    full = [use for use, limit in zip(uses, limits, strict=False) if use.kept + 1 > limit.of(use.total + 1)]
    if full:
        scratch.stage("select_batch", [{"by": use.by, "value": use.value, "said": _said(use)} for use in full])
        scratch.execute("INSERT INTO select_full BY NAME FROM select_batch")


def _said(use: CapUse) -> str:
    if isinstance(use.at_most, int):
        return f"{use.by} {use.value}: {use.kept} kept, at most {use.allowed}"
    return f"{use.by} {use.value}: {use.kept} of {use.total} kept, at most {use.at_most:.6g} of them ({use.allowed})"


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
