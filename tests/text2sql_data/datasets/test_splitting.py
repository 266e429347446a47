"""Splits: drawn by a hash that nothing else moves, in the shares that were asked for, and proven to share nothing."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store
from store.scratch import Scratch
from text2sql_data.datasets.recipe import SPLITS, Split
from text2sql_data.datasets.source import stage_rows
from text2sql_data.datasets.splitting import SplitError, divide, drawn, groups, prove

COLUMNS = (
    "row VARCHAR", "benchmark VARCHAR", "revision VARCHAR", "position INTEGER", "db_id VARCHAR", "database VARCHAR",
    "database_group VARCHAR", "question_key VARCHAR", "question_known BOOLEAN",
)  # fmt: skip

rows = st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abcdef"), st.sampled_from(["k1", "k2", "k3", "k4"])), max_size=30)


@pytest.fixture(scope="module")
def scratch(template: object) -> Iterator[Scratch]:
    """Temporary tables over an empty lake."""
    with store.open(str(template), create=False) as lake, lake.scratch() as opened:
        yield opened


def divided(
    scratch: Scratch, made: list[tuple[int, str, str]], split: Split, unknown: Collection[int] = ()
) -> dict[str, tuple[str | None, str | None]]:
    """The rows that stay, with their split and why they do not."""
    entries = [
        (str(n), "b", "r", position, db, f"content {db}", db, key, n not in unknown) for n, (position, db, key) in enumerate(made)
    ]
    stage_rows(scratch, "kept_rows", COLUMNS, entries)
    divide(scratch, split)
    scratch.execute("CREATE OR REPLACE TEMP TABLE divided_rows AS SELECT * EXCLUDE (drop) FROM split_rows WHERE drop IS NULL")
    return {
        row: (name, drop)
        for row, name, drop in scratch.execute("SELECT row, split, drop FROM split_rows ORDER BY row").fetchall()
    }


@settings(deadline=None, max_examples=40)
@given(made=rows, seed=st.integers(0, 99), by=st.sampled_from(["database", "question"]))
def test_splits_share_nothing(scratch: Scratch, made: list[tuple[int, str, str]], seed: int, by: str) -> None:
    """Whatever rows there are, no question text is in two splits, by database no database is, and every drop has its reason."""
    made = [(n, db, key) for n, (_, db, key) in enumerate(made)]
    found = divided(scratch, made, Split(by=by, seed=seed, fractions={"train": 0.4, "validation": 0.3, "test": 0.3}))  # type: ignore[arg-type]
    prove(scratch, Split(by=by))  # type: ignore[arg-type]
    assert len(found) == len(made)
    kept: dict[str, set[str]] = {}
    for number, (_, db, key) in enumerate(made):
        name, drop = found[str(number)]
        assert name is not None
        assert drop in {None, "question_in_other_split"}
        if drop is None:
            kept.setdefault(key, set()).add(name)
            if by == "database":
                kept.setdefault(db, set()).add(name)
    assert all(len(names) == 1 for names in kept.values())
    # A text that was left out somewhere is still in a later split.
    for number, (_, _, key) in enumerate(made):
        name, drop = found[str(number)]
        if drop is not None:
            assert SPLITS.index(next(iter(kept[key]))) > SPLITS.index(name)


@pytest.mark.parametrize("by", ["database", "question"])
def test_the_proof_finds_what_is_shared(scratch: Scratch, by: str) -> None:
    """Rows that were divided wrongly are refused: the first hundred questions of the training rows as test rows, for one."""
    made = [(n, "a", f"k{n}") for n in range(10)]
    divided(scratch, made, Split(fractions={"train": 1.0}))
    scratch.execute("INSERT INTO divided_rows SELECT * REPLACE ('test' AS split) FROM divided_rows LIMIT 3")
    with pytest.raises(SplitError, match=r"not disjoint: the .* is in test and train"):
        prove(scratch, Split(by=by))  # type: ignore[arg-type]


def test_a_draw_does_not_depend_on_what_else_there_is(scratch: Scratch) -> None:
    """The same database is on the same side among other databases, and in other numbers."""
    split = Split(fractions={"train": 0.5, "test": 0.5})
    for chosen in itertools.combinations("abcdef", 3):
        found = divided(scratch, [(n, db, f"k{n}") for n, db in enumerate(chosen)], split)
        assert [found[str(n)][0] for n in range(3)] == [drawn(split, db) for db in chosen]


def test_shares_are_those_that_were_asked_for() -> None:
    """Over many names each split gets its share, within four standard errors; another seed draws others."""
    split = Split(fractions={"train": 0.8, "validation": 0.15, "test": 0.05})
    counts = Counter(drawn(split, f"database {n}") for n in range(10_000))
    for name, share in split.fractions.items():
        assert abs(counts[name] - 10_000 * share) < 4 * (10_000 * share * (1 - share)) ** 0.5
    other = Split(fractions=split.fractions, seed=1)
    assert sum(drawn(split, f"database {n}") != drawn(other, f"database {n}") for n in range(1_000)) > 200


def test_a_split_without_a_share_gets_nothing() -> None:
    """Fractions of 0 and fractions that are not named are the same."""
    for fractions in ({"train": 1.0}, {"train": 1.0, "test": 0.0}):
        assert {drawn(Split(fractions=fractions), str(n)) for n in range(200)} == {"train"}  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("0123456")), max_size=20))
def test_groups_are_the_connected_components(pairs: list[tuple[str, str]]) -> None:
    """Two names are one group exactly when a chain of shared contents leads from one to the other."""
    found = groups(pairs)
    for name, leader in found.items():
        reached, before = {name}, set[str]()
        while reached != before:
            before = set(reached)
            contents = {content for one, content in pairs if one in reached}
            reached |= {one for one, content in pairs if content in contents}
        assert leader == min(reached)


@given(unknown=st.sets(st.integers(0, 5)), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=20)
def test_a_question_that_nobody_knows_is_in_no_split(scratch: Scratch, unknown: set[int], seed: int) -> None:
    """By question such a row has no group, whatever its prompt says; by database it stays with its database."""
    made = [(n, db, f"k{n}") for n, db in enumerate("aabbcc")]
    halves = {"train": 0.5, "test": 0.5}
    by_question = divided(scratch, made, Split(by="question", seed=seed, fractions=halves), unknown)  # type: ignore[arg-type]
    assert {int(row) for row, found in by_question.items() if found == (None, "no_group")} == unknown
    by_database = divided(scratch, made, Split(seed=seed, fractions=halves), unknown)  # type: ignore[arg-type]
    assert by_database == divided(scratch, made, Split(seed=seed, fractions=halves))  # type: ignore[arg-type]
    assert {drop for _, drop in by_database.values()} == {None}


def test_told_databases_go_where_they_are_told(scratch: Scratch) -> None:
    """The rest is drawn; a database that no row is about is an error that lists those that there are."""
    made = [(n, db, f"k{n}") for n, db in enumerate("abc")]
    split = Split(fractions={"train": 1.0}, assign={"test": ["b"]})
    assert [found for found, _ in divided(scratch, made, split).values()] == ["train", "test", "train"]
    with pytest.raises(SplitError, match="zzz") as caught:
        divided(scratch, made, Split(fractions={"train": 1.0}, assign={"test": ["zzz"]}))
    assert "a, b, c" in caught.value.hint
