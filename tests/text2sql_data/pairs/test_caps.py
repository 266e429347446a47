"""Caps: no selection that keeps them all has more pairs, which exhaustive search shows on small sets."""

import itertools
import uuid
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store.scratch import Scratch
from text2sql_data.pairs import filtering
from text2sql_data.pairs.caps import Group, Limit, solve
from text2sql_data.pairs.filtering import Cap, Filters

SHARES = st.integers(1, 99).map(lambda percent: Limit(None, Fraction(percent, 100)))
NUMBERS = st.integers(0, 8).map(Limit)


@st.composite
def programmes(draw: st.DrawFn) -> tuple[list[Group], list[Limit]]:
    """A few groups that share limits in any way, overlapping ones included."""
    limits = draw(st.lists(st.one_of(SHARES, NUMBERS), max_size=4))
    members = st.sets(st.integers(0, len(limits) - 1)) if limits else st.just(set())
    groups = draw(st.lists(st.tuples(members, st.integers(0, 5)), min_size=1, max_size=5))
    return [Group(tuple(sorted(numbers)), size) for numbers, size in groups], limits


def keeps(kept: Sequence[int], groups: Sequence[Group], limits: Sequence[Limit]) -> bool:
    """Whether a selection keeps every limit, in exact arithmetic."""
    total = sum(kept)
    counts = [sum(n for n, group in zip(kept, groups, strict=True) if number in group.members) for number in range(len(limits))]
    return all(
        count <= (limit.share * total if limit.share is not None else limit.number or 0)
        for count, limit in zip(counts, limits, strict=True)
    )


@settings(max_examples=200, deadline=None)
@given(programmes())
def test_no_selection_is_larger(programme: tuple[list[Group], list[Limit]]) -> None:
    """What is kept keeps all limits, and exhaustive search finds nothing that has more."""
    groups, limits = programme
    kept = solve(groups, limits)
    assert keeps(kept, groups, limits)
    assert all(0 <= n <= group.size for n, group in zip(kept, groups, strict=True))
    every = itertools.product(*(range(group.size + 1) for group in groups))
    assert sum(kept) == max(sum(one) for one in every if keeps(one, groups, limits))


def test_a_fifth_is_never_more_than_a_fifth() -> None:
    """554 natural pairs take 138 synthetic ones, 19.94 %: with 139 it would be 20.06 %."""
    assert solve([Group((), 554), Group((0,), 3793)], [Limit(None, Fraction(1, 5))]) == [554, 138]


def test_caps_are_solved_together() -> None:
    """Applied one after another, the first cap breaks when the second takes pairs away; together both hold, and exactly."""
    natural, gold, synthetic = Group((), 400), Group((0,), 300), Group((1,), 300)
    kept = solve([natural, gold, synthetic], [Limit(None, Fraction(1, 5))] * 2)
    assert kept == [400, 133, 133]
    assert 133 * 5 <= sum(kept) < 134 * 5 + 5


def test_groups_are_cut_evenly() -> None:
    """A cap over groups of 100 and 300 takes from both in proportion."""
    assert solve([Group((0,), 100), Group((0,), 300)], [Limit(40)]) == [10, 30]


def test_many_shares_come_to_rest() -> None:
    """Shares that only fit numbers divisible by a thousand are found, from above."""
    shares = [Fraction(333, 1000), Fraction(333, 1000), Fraction(334, 1000)]
    kept = solve([Group((n,), 5000) for n in range(3)], [Limit(None, share) for share in shares])
    assert kept == [4999 // 333 * 333 for _ in range(2)] + [4999 // 333 * 334] or sum(kept) % 1000 == 0
    assert sum(kept) == 14000


# The same with pairs, through the tables.

Pair = tuple[str, str, str, str, int]
"""Set, type, origin, database, question within the database."""


def offer(scratch: Scratch, pairs: Sequence[Pair]) -> list[str]:
    """Stage pairs; their identities."""
    identities = [str(uuid.UUID(int=number + 1)) for number in range(len(pairs))]
    scratch.execute("CREATE OR REPLACE TEMP TABLE offered_pairs AS SELECT *, 0::BIGINT AS place FROM pair_measures LIMIT 0")
    rows = [
        {
            "pair_set": pair_set, "pair": identity, "type": type_, "origin": origin, "agent": "sql", "benchmark": "b",
            "revision": "r", "position": position(db_id, question), "db_id": db_id, "margin": 1.0, "edit_ratio": 0.5,
            "length_ratio": 1.0, "place": place,
        }
        for place, ((pair_set, type_, origin, db_id, question), identity) in enumerate(zip(pairs, identities, strict=True))
    ]  # fmt: skip
    if rows:
        scratch.stage("offered_rows", rows)
        scratch.execute("INSERT INTO offered_pairs BY NAME SELECT * REPLACE (pair::UUID AS pair) FROM offered_rows")
    return identities


def position(db_id: str, question: int) -> int:
    """A position for a question of a database."""
    return question + 10 * (ord(db_id[0]) - ord("a"))


def holds(pairs: Sequence[Pair], caps: Sequence[Cap]) -> bool:
    """Whether caps hold on pairs, counted anew."""
    for cap in caps:
        place = ["set", "type", "origin", "database", "question"].index(cap.by)
        counts = Counter(str((pair[3], pair[4])) if cap.by == "question" else pair[place] for pair in pairs)
        for value, count in counts.items():
            if cap.value in (None, value) and count > (cap.at_most if cap.share is None else cap.share * len(pairs)):
                return False
    return True


PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["s1", "s2"]), st.sampled_from(["t1", "t2", "t3"]), st.sampled_from(["natural", "synthetic"]),
        st.sampled_from(["a", "b"]), st.integers(0, 2),
    ),
    min_size=1,
    max_size=9,
)  # fmt: skip
LIMITS = st.one_of(st.integers(1, 4), st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.5, 0.6, 0.75]))
CAPS = st.lists(
    st.one_of(
        st.builds(Cap, st.sampled_from(["type", "origin", "set", "database"]), LIMITS),
        st.builds(Cap, st.just("origin"), LIMITS, st.just("synthetic")),
        st.builds(Cap, st.just("question"), st.integers(1, 3)),
    ),
    max_size=4,
    unique_by=lambda cap: (cap.by, cap.value),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=PAIRS, caps=CAPS, seed=st.integers(0, 5))
def test_the_largest_set_of_pairs_is_kept(lake: store.Lake, pairs: list[Pair], caps: list[Cap], seed: int) -> None:
    """Pair by pair: every cap holds, no subset that keeps them is larger, and each dropped pair names the caps it breaks."""
    caps = [cap for cap in caps if cap.value is None or any(pair[2] == cap.value for pair in pairs)]
    with lake.scratch() as scratch:
        identities = offer(scratch, pairs)
        filtering.apply(scratch, Filters(caps=tuple(caps)), seed)
        kept = {str(identity) for (identity,) in scratch.execute("SELECT pair FROM kept_pairs").fetchall()}
        dropped = {str(pair): (reason, detail) for pair, reason, detail in scratch.execute(
            "SELECT pair, reason, detail FROM dropped_pairs").fetchall()}  # fmt: skip
    chosen = [pair for pair, identity in zip(pairs, identities, strict=True) if identity in kept]
    assert holds(chosen, caps)
    subsets = (subset for size in range(len(chosen) + 1, len(pairs) + 1) for subset in itertools.combinations(pairs, size))
    assert not any(holds(subset, caps) for subset in subsets)
    assert kept | set(dropped) == set(identities)
    assert not kept & set(dropped)
    assert all(reason == "cap" and detail for reason, detail in dropped.values())


def test_the_order_of_the_pairs_does_not_matter(lake: store.Lake) -> None:
    """Which pairs stay depends on their identity and the seed."""
    pairs: list[Pair] = [("s1", f"t{n % 3}", "natural", "ab"[n % 2], n % 4) for n in range(60)]
    caps = (Cap("type", 0.4), Cap("question", 5), Cap("database", 15))
    found = []
    with lake.scratch() as scratch:
        for order, seed in ((1, 13), (-1, 13), (1, 14)):
            offer(scratch, pairs)
            scratch.execute(f"CREATE OR REPLACE TEMP TABLE offered_pairs AS FROM offered_pairs ORDER BY {order} * place")
            filtering.apply(scratch, Filters(caps=caps), seed)
            found.append(sorted(scratch.execute("SELECT pair FROM kept_pairs").fetchall()))
    assert found[0] == found[1]
    assert found[0] != found[2]
    assert len(found[0]) == len(found[2])


def test_the_use_of_every_cap_is_told(lake: store.Lake) -> None:
    """`select_caps` has a row for each cap and value: what is allowed, kept and offered."""
    pairs: list[Pair] = [("s1", "t1", "natural", "a", n) for n in range(8)] + [("s2", "t2", "synthetic", "b", 0)] * 5
    with lake.scratch() as scratch:
        offer(scratch, pairs)
        filtering.apply(scratch, Filters(caps=(Cap("origin", 0.2, "synthetic"), Cap("question", 3))), 1)
        rows = scratch.execute('SELECT "by", value, allowed, kept, offered, total FROM select_caps ORDER BY "by"').fetchall()
    assert rows == [("origin", "synthetic", 2, 2, 5, 10), ("question", "", 3, 2, 5, 10)]
