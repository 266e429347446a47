"""What differs between two versions of a dataset: every kind of change, its reason, and an example of it."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store
from store import contents, pins
from store.ids import canonical_json, content_id
from text2sql_data.datasets.comparing import CHANGES, Change, Comparison, Side, compare, compare_pins, excerpts

pytestmark = pytest.mark.slow

STAGED = (Path(__file__).parents[3] / "store" / "staged" / "pins.sql").read_text("utf-8")

Rows = dict[tuple[str, str], dict[str, Any]]
"""The content and the verdict of rows by identity and split."""


def pin(lake: store.Lake, rows: Rows, drops: dict[str, str], **about: Any) -> store.Pin:  # noqa: ANN401 - fields of About
    """Pin rows, with examples that were left out by reason."""
    with lake.scratch() as scratch:
        scratch.execute(STAGED)
        scratch.stage("batch", [{"place": place, **staged(*item)} for place, item in enumerate(rows.items())])
        scratch.execute("INSERT INTO built_rows BY NAME FROM batch")
        for example, reason in drops.items():
            scratch.execute(
                "INSERT INTO built_drops VALUES ($row::UUID, 'b', 'r', 1, $reason, 'a detail')",
                row=str(content_id(example)),
                reason=reason,
            )
        known = {
            "kind": "kto",
            "snapshot": lake.version,
            "recipe": {},
            "templates": {},
            "versions": {},
            "parents": [],
            "summary": {},
        }
        return pins.pin(lake, "demo", scratch, pins.About(**{**known, **about})).pin


def staged(key: tuple[str, str], row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is built."""
    example, split = key
    sources = {"candidate": str(content_id(example)), "verdict": row.get("verdict", "correct"), "run": row.get("run", "r")}
    content = {name: value for name, value in row.items() if name not in {"verdict", "run"}}
    return {"split": split, "row": str(content_id(example)), "sources": json.dumps(sources), "content": json.dumps(content)}


def row(prompt: str = "p", completion: str = "c", **more: object) -> dict[str, Any]:
    """A row."""
    return {"prompt": prompt, "completion": completion, **more}


def test_every_change_has_its_name_and_its_reason(lake: store.Lake) -> None:
    """Every change, and several at once; a row that the other version left out has that as its reason."""
    before: Rows = {
        ("same", "train"): row(),
        ("capped", "train"): row("p capped"),
        ("vanished", "train"): row("p vanished"),
        ("moved", "train"): row("p moved"),
        ("relabelled", "train"): row("p relabelled", "YES"),
        ("judged", "train"): row("p judged", verdict="wrong"),
        ("rendered", "test"): row("p rendered"),
        ("extra", "test"): row("p extra", weight=1),
        ("both", "test"): row("p both", "YES"),
        ("taken", "test"): row("p taken", run="small"),
    }
    after: Rows = {
        ("same", "train"): row(),
        ("moved", "test"): row("p moved"),
        ("relabelled", "train"): row("p relabelled", "NO"),
        ("judged", "train"): row("p judged", verdict="correct"),
        ("rendered", "test"): row("p rendered anew"),
        ("extra", "test"): row("p extra", weight=2),
        ("both", "train"): row("p both anew", "NO"),
        ("taken", "test"): row("p taken", run="large"),
        ("once too long", "train"): row("p long"),
        ("new", "train"): row("p new"),
    }
    first = pin(lake, before, {"once too long": "too_long"})
    second = pin(lake, after, {"capped": "cap"}, snapshot=first.snapshot)
    found = compare_pins(lake, first, second, examples=5)
    assert found.same == 1
    assert found.counts == {
        "added": 2, "removed": 2, "moved": 2, "relabelled": 3, "re_rendered": 2, "other_columns": 1, "other_sources": 1,
    }  # fmt: skip
    by_row = {change.row: change for change in found.examples}
    changes = {
        example: by_row[str(content_id(example))] for example, _ in {**before, **after} if str(content_id(example)) in by_row
    }
    assert {example: (change.changes, change.reason) for example, change in changes.items()} == {
        "capped": (["removed"], "left_out: cap"),
        "vanished": (["removed"], "unknown"),
        "moved": (["moved"], "unknown"),
        "relabelled": (["relabelled"], "unknown"),
        "judged": (["relabelled"], "unknown"),
        "rendered": (["re_rendered"], "unknown"),
        "extra": (["other_columns"], "unknown"),
        "both": (["moved", "relabelled", "re_rendered"], "unknown"),
        "taken": (["other_sources"], "unknown"),
        "once too long": (["added"], "no_longer_left_out: too_long"),
        "new": (["added"], "new_candidate"),
    }
    assert changes["capped"].detail == "a detail"
    assert (changes["moved"].split_before, changes["moved"].split_after) == ("train", "test")
    assert [field.name for field in changes["both"].fields] == ["completion", "prompt"]
    (taken,) = changes["taken"].fields
    assert (taken.name, "small" in taken.before, "large" in taken.after) == ("sources", True, True)
    assert [tuple(field) for field in changes["judged"].fields] == [("sources.verdict", '["wrong"]', '["correct"]')]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"recipe": {"seed": 1}}, "recipe"),
        ({"templates": {"a": "1"}}, "template"),
        ({"snapshot": 0}, "lake"),
        ({"versions": {"code": "1"}}, "code"),
        ({"versions": {"python": "4"}}, "unknown"),
    ],
)
def test_what_was_otherwise_is_the_reason(lake: store.Lake, changed: dict[str, Any], reason: str) -> None:
    """A row that no drop and no new source explains is put down to the first thing that differs between the two."""
    first = pin(lake, {("a", "train"): row("x")}, {}, snapshot=1)
    second = pin(lake, {("a", "train"): row("y")}, {}, **{"snapshot": 1, **changed})
    assert compare_pins(lake, first, second).reasons == {("re_rendered", reason): 1}


def test_a_new_label_is_told_from_a_new_candidate(lake: store.Lake) -> None:
    """A row may be new because its candidate is, or because it was judged since; an unreadable snapshot gives no reason."""
    candidate = str(content_id("known"))
    with lake.commit("a candidate") as commit:
        columns = "'r' AS run, 1 AS position, 0 AS sample, 'answer' AS stage, 0 AS step, '' AS completion"
        commit.append("candidates", f"SELECT '{candidate}'::UUID AS candidate, {columns}")
    first = pin(lake, {("a", "train"): row("a")}, {})
    second = pin(lake, {("a", "train"): row("a"), ("known", "train"): row("k"), ("other", "train"): row("o")}, {})
    assert compare_pins(lake, first, second).reasons == {("added", "new_candidate"): 1, ("added", "new_label"): 1}
    early = first._replace(snapshot=0)
    assert compare_pins(lake, early, second).reasons == {("added", "lake"): 2}


@pytest.fixture(scope="module")
def constant(template: Path) -> Iterator[store.Lake]:
    """A lake that nothing is written to."""
    with store.open(template, create=False) as lake:
        yield lake


ROW = st.fixed_dictionaries(
    {
        "prompt": st.sampled_from("ab"),
        "completion": st.sampled_from("ab"),
        "weight": st.integers(0, 1),
        "verdict": st.sampled_from("ab"),
        "run": st.sampled_from("ab"),
    }
)
VERSIONS = st.dictionaries(st.tuples(st.sampled_from("uvwxyz"), st.sampled_from(["train", "test"])), ROW, max_size=8)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(before=VERSIONS, after=VERSIONS)
def test_any_two_versions(constant: store.Lake, before: Rows, after: Rows) -> None:
    """What SQL says of any two versions is what a loop over dictionaries says."""
    with constant.scratch() as scratch:
        scratch.execute(STAGED)
        for name, rows in (("before", before), ("after", after)):
            for place, item in enumerate(rows.items()):
                one = staged(*item)
                text = canonical_json(json.loads(one["content"]))
                scratch.stage("one", [{**one, "content": text, "digest": str(contents.text_digest(text)), "place": place}])
                scratch.execute(f"INSERT INTO rows_{name} BY NAME FROM one")
        side = Side(1, "", {}, None)
        found = compare(constant, scratch, side, side, examples=100)
    expected = by_hand(before, after)
    assert {(change.row, *split(change)): change.changes for change in found.examples} == expected
    assert found.counts == {change: sum(change in changes for changes in expected.values()) for change in CHANGES}
    assert found.same == sum(before[key] == after[key] for key in before.keys() & after.keys())
    assert totals(found) == Counter(change for changes in expected.values() for change in changes)


def split(change: Change) -> tuple[str | None, str | None]:
    """The splits of a change."""
    return change.split_before, change.split_after


def totals(found: Comparison) -> Counter[str]:
    """Rows by change, over all reasons."""
    counted: Counter[str] = Counter()
    for (change, _), count in found.reasons.items():
        counted[change] += count
    return counted


def by_hand(before: Rows, after: Rows) -> dict[tuple[str, str | None, str | None], list[str]]:
    """The changes of each row."""
    pairs: list[tuple[str, str | None, str | None]] = [(key[0], key[1], key[1]) for key in before.keys() & after.keys()]
    for example in {example for example, _ in before.keys() | after.keys()}:
        gone = sorted(part for name, part in before.keys() - after.keys() if name == example)
        come = sorted(part for name, part in after.keys() - before.keys() if name == example)
        pairs += [
            (example, gone[at] if at < len(gone) else None, come[at] if at < len(come) else None)
            for at in range(max(len(gone), len(come)))
        ]
    found = {}
    for example, was, is_ in pairs:
        if was is None or is_ is None:
            changes = ["added"] if was is None else ["removed"]
        else:
            one, other = before[example, was], after[example, is_]
            answer = any(one[name] != other[name] for name in ("completion", "verdict"))
            rest = [("other_columns", one["weight"] != other["weight"]), ("other_sources", one["run"] != other["run"])]
            kinds = (("moved", was != is_), ("relabelled", answer), ("re_rendered", one["prompt"] != other["prompt"]))
            changes = [name for name, holds in (*kinds, *rest) if holds]
        if changes:
            found[str(content_id(example)), was, is_] = changes
    return found


def test_rows_at_another_place_are_counted_apart(lake: store.Lake) -> None:
    """The order is no difference to the digest, but a trainer sees it."""
    rows: Rows = {(str(n), "train"): row(str(n)) for n in range(3)}
    first = pin(lake, rows, {})
    second = pin(lake, dict(reversed(rows.items())), {}, recipe={"seed": 1})
    found = compare_pins(lake, first, second)
    assert (first.digest, found.differ, found.reordered, found.same) == (second.digest, False, 2, 3)


@given(st.text(max_size=300), st.text(max_size=300))
def test_excerpts_show_the_first_difference(before: str, after: str) -> None:
    """Two different texts give two different excerpts, each short and a part of its text; equal texts give equal ones."""
    shown = excerpts(before, after)
    assert (shown[0] == shown[1]) == (before == after) or min(map(len, (before, after))) > 100
    for text, part in zip((before, after), shown, strict=True):
        assert len(part) <= 40 + 80 + 6
        assert part.removeprefix("...").removesuffix("...") in text or part in text
