"""Natural pairs on small runs of every form, and on random trajectories against a second reading of the published rules."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from text2sql_data import importers
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.pairs.mining import NotLabelledError, mine
from text2sql_data.pairs.natural import COST, DEFAULT_TYPES, GOLD, TYPES, NoTimesError
from text2sql_data.pairs.options import Options, UnknownTypeError
from text2sql_data.pairs.recording import PairSetExistsError, Recorded

FIRST, SELF, REPAIR = DEFAULT_TYPES
FORMATS = {known.name: known for known in importers.FORMATS}
Attempt = dict[str, Any]
Import = Callable[..., store.Lake]


class Found(NamedTuple):
    """A pair, as these tests look at it."""

    position: int
    type: str
    chosen: str
    rejected: str
    chosen_reward: float
    rejected_reward: float


def attempt(sql: str, turn: int = 1, *, correct: bool = False, ok: bool = True, ms: float | None = 1.0, last: int = 3) -> Attempt:
    """An attempt as a file has it, with the reward of the published pipeline."""
    if correct:
        reward = 1.0 if turn == 1 else max(0.0, 0.7 - 0.1 * (turn - 2))
    else:
        reward = -0.5 if turn == last else 0.2 if ok else -0.2
    return {"sql": sql, "turn": turn, "ok": ok, "correct": correct, "elapsed_ms": ms, "reward": round(reward, 4)}


@pytest.fixture
def trajectories(lake: store.Lake, tmp_path: Path) -> Import:
    """Imports the attempts at questions as the run `r`; what the file says counts, for there is no database."""

    def made(*questions: list[Attempt], run: str = "r", format_name: str = "trajectories") -> store.Lake:
        rows = [{"db_id": "d", "question": f"q{n}", "query": f"SELECT gold_{n}"} for n in range(len(questions))]
        (tmp_path / "dev.json").write_text(json.dumps(rows), "utf-8")
        names = {"trajectories": "candidates", "mats": "trajectories", "jsonl": "candidates"}
        lines = [
            {"question": f"q{n}", "db_id": "d", "prompt": f"prompt {n}", names[format_name]: attempts}
            for n, attempts in enumerate(questions)
        ]
        (tmp_path / run).write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
        add_benchmark(lake, "b", read(tmp_path / "dev.json"))
        import_runs(lake, FORMATS[format_name], [Source(run, run, (tmp_path / run,))], benchmark="b")
        return lake

    return made


def mined(lake: store.Lake, name: str = "x", **options: object) -> Recorded:
    """Mine the run by the flags of its file, with all types that need no query plan."""
    chosen = Options(comparator="file:r", types=(*DEFAULT_TYPES, GOLD), max_turns=3)
    return mine(lake, name, ["r"], chosen._replace(**options))  # type: ignore[arg-type] # fields of Options


def pairs(lake: store.Lake, name: str = "x") -> list[Found]:
    """The pairs of a set, in order."""
    columns = ", ".join(Found._fields)
    rows = lake.sql(f"SELECT {columns} FROM pairs WHERE pair_set = $name ORDER BY ALL", name=name).fetchall()
    return [Found(*row) for row in rows]


def reasons(lake: store.Lake, name: str = "x") -> dict[int, str | None]:
    """Why each question has no pair, by position; None where it has one."""
    return dict(lake.sql("SELECT position, reason FROM pair_yields WHERE pair_set = $name ORDER BY ALL", name=name).fetchall())


def test_rejected_is_what_executes(trajectories: Import) -> None:
    """Of the wrong answers of the first turn the first that executes is rejected; only without one, the first of all."""
    lake = trajectories(
        [attempt("f", ok=False), attempt("w1"), attempt("w2"), attempt("c", correct=True)],
        [attempt("f1", ok=False), attempt("f2", ok=False), attempt("c", correct=True)],
    )
    mined(lake)
    assert pairs(lake) == [Found(0, FIRST, "c", "w1", 1.0, 0.2), Found(1, FIRST, "c", "f1", 1.0, -0.2)]


def test_tie_breaks(trajectories: Import) -> None:
    """The lowest of the equally good samples is chosen, or the fastest as the file states it where one asks for that."""
    lake = trajectories([attempt("w"), attempt("slow", correct=True, ms=9.0), attempt("fast", correct=True, ms=0.5)])
    mined(lake, "by_sample")
    mined(lake, "by_time", tie_break="claimed_ms")
    assert [pair.chosen for pair in pairs(lake, "by_sample")] == ["slow"]
    assert [pair.chosen for pair in pairs(lake, "by_time")] == ["fast"]


def test_repairs(trajectories: Import) -> None:
    """A repair is preferred to what failed at first, under the first prompt, and to a failed repair under its own prompt."""
    lake = trajectories([attempt("w"), attempt("r1", 2, ok=False), attempt("r2", 2), attempt("c", 2, correct=True)])
    mined(lake)
    assert pairs(lake) == [Found(0, REPAIR, "c", "r2", 0.7, 0.2), Found(0, SELF, "c", "w", 0.7, 0.2)]
    prompts = lake.sql("SELECT type, p.text FROM pairs LEFT JOIN prompts AS p USING (prompt) ORDER BY ALL").fetchall()
    assert prompts == [(REPAIR, None), (SELF, "prompt 0")]


def test_gold_must_be_asked_for(trajectories: Import) -> None:
    """Where nobody was right the gold is preferred, if one asks for it; it is no candidate, and its origin says so."""
    lake = trajectories([attempt("w", ok=False), attempt("v", 3)])
    assert mined(lake, "without", types=()).without == {("sql", "none_correct"): 1}
    assert mined(lake, "with").pairs == {GOLD: 1}
    assert pairs(lake, "with") == [Found(0, GOLD, "SELECT gold_0", "w", 1.0, -0.2)]
    row = lake.sql("SELECT origin, chosen_candidate, chosen_step, rejected_candidate IS NULL FROM pairs").fetchone()
    assert row == ("gold", None, None, False)


def test_rewards_decide_what_is_a_pair(trajectories: Import) -> None:
    """A repair so late that its reward is not greater than that of the failure gives no pair."""
    turns = [attempt(f"w{turn}", turn, last=9) for turn in range(1, 8)]
    lake = trajectories([*turns, attempt("c", 8, correct=True, last=9)])
    mined(lake, max_turns=9)
    assert pairs(lake) == []
    assert reasons(lake) == {0: "no_common_prompt"}


def test_why_there_is_no_pair(trajectories: Import) -> None:
    """Every question of the run has its row, with the reason where it gave no pair."""
    lake = trajectories(
        [attempt("w"), attempt("c", correct=True)],
        [attempt("c", correct=True), attempt("d", correct=True)],
        [attempt("w"), attempt("v")],
        [attempt("w")],
        [attempt("")],
        [],
    )
    done = mined(lake, types=DEFAULT_TYPES)
    assert reasons(lake) == {0: None, 1: "all_correct", 2: "none_correct", 3: "one_answer", 4: "no_sql", 5: "unknown"}
    assert sum(done.without.values()) == 5
    mined(lake, "repairs", types=(REPAIR,))
    assert reasons(lake, "repairs")[0] == "other_type"


def test_a_wrong_answer_of_unknown_executability(trajectories: Import) -> None:
    """Before the last turn it has no reward, so that it is no rejected side; where another wrong one is known, that one is."""
    unknown = [attempt(sql) | {"ok": None} for sql in "uv"]
    right, late = attempt("c", correct=True), attempt("u", 3) | {"ok": None}
    lake = trajectories(
        [*unknown, right],
        [*unknown, attempt("w"), right],
        unknown,
        [*unknown, attempt("w")],
        [attempt("w"), attempt("v", 2) | {"ok": None}, late, attempt("c", 3, correct=True)],
    )
    mined(lake)
    assert reasons(lake) == {0: "unknown", 1: None, 2: "unknown", 3: None, 4: None}
    assert pairs(lake) == [
        Found(1, FIRST, "c", "w", 1.0, 0.2),
        Found(3, GOLD, "SELECT gold_3", "w", 1.0, 0.2),
        Found(4, REPAIR, "c", "u", 0.6, -0.5),
        Found(4, SELF, "c", "w", 0.6, 0.2),
    ]


def test_samples_of_a_system_that_answers_once(trajectories: Import) -> None:
    """K samples are K answers of a first turn."""
    samples = [{"sql": sql, "correct": sql == "c"} for sql in ("w", "c", "v")]
    lake = trajectories(samples, format_name="jsonl")
    mined(lake, max_turns=None)
    assert pairs(lake) == [Found(0, FIRST, "c", "w", 1.0, -0.5)]


def test_planner_and_fixer(trajectories: Import) -> None:
    """The planner's SQL is the first turn and the fixer's the second; two fixes of different SQL have no prompt in common."""
    rollouts = [
        {"planner_sql": "p0", "is_planner_correct": False, "fixed_sql": "f0", "is_fixed_correct": False, "planner_exec_ok": True},
        {"planner_sql": "p1", "is_planner_correct": False, "fixed_sql": "f1", "is_fixed_correct": True, "planner_exec_ok": True},
    ]
    lake = trajectories(rollouts, format_name="mats")
    mined(lake, max_turns=None)
    assert pairs(lake) == [Found(0, SELF, "f1", "p0", 0.7, 0.2)]


def test_more_pairs_of_one_prompt(trajectories: Import) -> None:
    """At most so many pairs a prompt, all of them different, the published choice first; the same SQL is one answer."""
    right = [attempt(sql, correct=True) for sql in ("c1", "c1", "c2")]
    wrong = [attempt(sql) for sql in ("w1", "w2", "w2")]
    lake = trajectories([*right, *wrong])
    for per_group, expected in ((1, 1), (3, 3), (9, 4)):
        mined(lake, f"{per_group}", per_group=per_group)
        found = pairs(lake, f"{per_group}")
        assert len({(pair.chosen, pair.rejected) for pair in found}) == len(found) == expected
        assert ("c1", "w1") in {(pair.chosen, pair.rejected) for pair in found}


def test_nothing_is_mined_by_mistake(trajectories: Import) -> None:
    """Misspelt names, types that are not there, times that the source does not state: an error that says what there is."""
    lake = trajectories([attempt("w", ms=None), attempt("c", correct=True, ms=None)])
    with pytest.raises(NameNotFoundError, match="no comparator birds"):
        mined(lake, comparator="birds")
    with pytest.raises(UnknownTypeError, match="no type gold") as refused:
        mined(lake, types=("gold",))
    assert COST in (refused.value.hint or "")
    with pytest.raises(NoTimesError, match="states no wall times"):
        mined(lake, tie_break="claimed_ms")
    trajectories([attempt("w", ms=None) | {"correct": None}], run="other")
    with pytest.raises(NotLabelledError, match="has judged no candidate"):
        mine(lake, "y", ["other"], Options(comparator="file:r"))
    assert lake.counts()["pair_sets"] == 0


def test_mining_twice_adds_nothing(trajectories: Import) -> None:
    """The same set is there already, whatever the order of the runs; another way to mine needs another name."""
    lake = trajectories([attempt("w"), attempt("c", correct=True)])
    assert not mined(lake).already
    before = lake.version
    assert mined(lake).already
    assert lake.version == before
    with pytest.raises(PairSetExistsError, match="made in another way"):
        mined(lake, per_group=2)


def published(attempts: list[Attempt], gold: str) -> list[tuple[str, str, str]]:
    """A second reading of the published rules: type, chosen and rejected of the pairs of one question."""

    def failed(turn: int) -> Attempt | None:
        wrong = [one for one in attempts if one["turn"] == turn and not one["correct"]]
        ran = [one for one in wrong if one["ok"]]
        return min(ran or wrong, key=lambda one: one["reward"], default=None)

    right = [one for one in attempts if one["correct"]]
    best = min(right, key=lambda one: one["elapsed_ms"], default=None)
    made = []
    first = failed(1)
    if best is not None and best["turn"] > 1:
        made.append((REPAIR, best, failed(best["turn"])))
    if best is None:
        made.append((GOLD, {"sql": gold, "reward": 1.0}, first))
    else:
        made.append((FIRST if best["turn"] == 1 else SELF, best, first))
    return [
        (type_, chosen["sql"], rejected["sql"])
        for type_, chosen, rejected in made
        if rejected is not None and chosen["sql"] != rejected["sql"] and chosen["reward"] > rejected["reward"]
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[Attempt]:
    """The attempts at one question: turns of distinct SQL until one is right, or three of them."""
    attempts: list[Attempt] = []
    for turn in (1, 2, 3):
        sqls = draw(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=4, unique=True))
        right = draw(st.sets(st.sampled_from(sqls), max_size=2)) if draw(st.booleans()) else set()
        for sql in sqls:
            # Right or wrong is a property of the SQL: what was right once is not drawn again as wrong.
            ms = draw(st.integers(0, 3)) / 4
            text = f"{sql}{'+' if sql in right else '-'}"
            attempts.append(attempt(text, turn, correct=sql in right, ok=sql in right or draw(st.booleans()), ms=ms))
        if right:
            break
    return attempts


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(questions=st.lists(histories(), min_size=30, max_size=60))
def test_random_trajectories(questions: list[list[Attempt]], template: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """On random trajectories the pairs are those of the published pipeline, wall time as its tie-break included."""
    folder = tmp_path_factory.mktemp("random")
    shutil.copytree(template, folder / "lake")
    with store.open(folder / "lake") as lake:
        rows = [{"db_id": "d", "question": f"q{n}", "query": f"gold {n}"} for n in range(len(questions))]
        (folder / "dev.json").write_text(json.dumps(rows), "utf-8")
        lines = [json.dumps({"question": f"q{n}", "db_id": "d", "candidates": one}) for n, one in enumerate(questions)]
        (folder / "r").write_text("\n".join(lines), "utf-8")
        add_benchmark(lake, "b", read(folder / "dev.json"))
        import_runs(lake, FORMATS["trajectories"], [Source("r", "r", (folder / "r",))], benchmark="b")
        mined(lake, tie_break="claimed_ms")
        found = {(pair.position, pair.type, pair.chosen, pair.rejected) for pair in pairs(lake)}
    expected = {(n, *pair) for n, one in enumerate(questions) for pair in published(one, f"gold {n}")}
    assert found == expected


def test_types_are_complete() -> None:
    """The types that must be asked for are the last two, and no default."""
    assert set(TYPES) - set(DEFAULT_TYPES) == {GOLD, COST}
