"""Synthetic hard negatives over the demo: each is executed again here, and is wrong."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

import store
from text2sql_data import importers
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.demo import DemoFiles, build
from text2sql_data.execution import executing
from text2sql_data.execution.limits import Limits
from text2sql_data.importers.importing import Source as File
from text2sql_data.importers.importing import import_runs
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.pairs.recording import PairSetExistsError
from text2sql_data.pairs.synthetic import NothingToChangeError, Recipe, Source, Synthesised, _failing, synthesise

pytestmark = pytest.mark.slow

GOLDS = Source(benchmark="demo")
RUN = Source(runs=("small",))
SEED = 13


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return build(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def judged(demo: DemoFiles, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the demo, one run of it executed and judged; never written to."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("judged") / "lake"))
    formats = {known.name: known for known in importers.FORMATS}
    with store.open(folder) as lake:
        add_benchmark(lake, "demo", read(demo.questions, databases=demo.database_root))
        import_runs(lake, formats["k-lists"], [File("small", "small", (demo.k_lists[0],))], benchmark="demo")
        executing.execute(lake, Limits(seconds=10.0), processes=1)
        label(lake, [comparator("bird")], processes=1)
    return folder


@pytest.fixture
def lake(judged: Path, tmp_path: Path) -> Iterator[store.Lake]:
    with store.open(shutil.copytree(judged, tmp_path / "lake")) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """The lake with a set over the golds and one over the run; only read."""
    folder = Path(shutil.copytree(judged, tmp_path_factory.mktemp("made") / "lake"))
    with store.open(folder) as lake:
        synthesise(lake, "golds", GOLDS, Recipe(seed=SEED, per_question=3), processes=1)
        synthesise(lake, "run", RUN, Recipe(seed=SEED), processes=1)
        yield lake


def rows_of(path: Path, sql: str) -> set[tuple[object, ...]] | None:
    """The rows of a result as a set, None when the query fails."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return set(connection.execute(sql))
    except apsw.Error:
        return None
    finally:
        connection.close()


@pytest.mark.parametrize("name", ["golds", "run"])
def test_every_rejected_query_is_wrong(made: store.Lake, demo: DemoFiles, name: str) -> None:
    """Executed again, a rejected query gives other rows than the chosen one and than the gold, or it fails."""
    golds = [q["SQL"] for q in json.loads(demo.questions.read_text("utf-8"))]
    pairs = made.sql("FROM pairs WHERE pair_set = $name", name=name).pl().to_dicts()
    assert len(pairs) > 50
    for pair in pairs:
        path = demo.database_root / pair["db_id"] / f"{pair['db_id']}.sqlite"
        chosen, rejected = rows_of(path, pair["chosen"]), rows_of(path, pair["rejected"])
        assert chosen is not None
        assert rejected != chosen
        assert rejected != rows_of(path, golds[pair["position"]])
        assert (rejected is not None) == (pair["rejected_reward"] == 0.2) == pair["rejected_claimed_ok"]


@pytest.mark.parametrize("name", ["golds", "run"])
def test_executable_and_wrong_is_marked(made: store.Lake, name: str) -> None:
    """The view `pair_measures` calls exactly those that execute hard negatives, by executions that are in the lake."""
    rows = made.sql(
        "SELECT rejected_status, hard_negative, result_relation, chosen_status, margin FROM pair_measures WHERE pair_set = $name",
        name=name,
    ).fetchall()
    assert {status for status, *_ in rows} <= {"ok", "error"}
    for status, hard, relation, chosen, margin in rows:
        assert (hard, relation) == ((True, "different") if status == "ok" else (False, "failed"))
        assert chosen == "ok"
        assert margin == pytest.approx(0.8 if status == "ok" else 1.2)


def test_pairs_say_where_they_come_from(made: store.Lake) -> None:
    """The chosen side is the gold, or a candidate that was judged correct; the prompt is the candidate's."""
    assert made.sql(
        "SELECT count(*) FROM pairs AS p JOIN golds AS g USING (benchmark, revision, position) WHERE p.pair_set = 'golds'"
        " AND (p.chosen <> g.sql OR p.origin <> 'synthetic' OR p.run IS NOT NULL OR p.prompt IS NOT NULL)"
    ).fetchone() == (0,)
    counts = made.sql(
        "SELECT count(*), count(v.candidate), count(c.candidate) FROM pairs AS p"
        " LEFT JOIN candidates AS c ON c.candidate = p.chosen_candidate AND c.sql = p.chosen"
        " AND c.prompt IS NOT DISTINCT FROM p.prompt"
        " LEFT JOIN verdicts AS v ON v.candidate = p.chosen_candidate AND v.comparator = 'bird' AND v.verdict = 'correct'"
        " WHERE p.pair_set = 'run' AND p.run = 'small'"
    ).fetchone()
    assert counts is not None
    assert counts[0] == counts[1] == counts[2] > 0


def test_a_question_gives_so_many_at_most(made: store.Lake) -> None:
    """Three of golds, two of the run; and of different types before two of one."""
    for name, most in (("golds", 3), ("run", 2)):
        rows = made.sql("SELECT position, type FROM pairs WHERE pair_set = $name", name=name).fetchall()
        assert max(Counter(position for position, _ in rows).values()) == most
    kept: dict[int, set[str]] = {}
    offered: dict[int, set[str]] = {}
    for position, type_ in made.sql("SELECT position, type FROM pairs WHERE pair_set = 'golds'").fetchall():
        kept.setdefault(position, set()).add(type_)
    rows = made.sql("SELECT position, type FROM pair_drops WHERE pair_set = 'golds' AND reason = 'per_question'").fetchall()
    for position, type_ in rows:
        offered.setdefault(position, set()).add(type_)
    varied = [len(kept[position]) == min(3, len(kept[position] | types)) for position, types in offered.items()]
    assert len(varied) > 50
    assert sum(varied) > len(varied) * 0.95  # what does not execute comes last, whatever its type


def test_every_mutant_is_a_pair_or_dropped(made: store.Lake) -> None:
    """What was tried is in `pairs` or, with the reason, in `pair_drops`; and every question is accounted for."""
    reasons = dict(made.sql("SELECT reason, count(*) FROM pair_drops WHERE pair_set = 'golds' GROUP BY ALL").fetchall())
    assert set(reasons) >= {"same_result", "per_question"}
    assert set(reasons) <= {
        "same_result", "known_correct", "per_question", "not_executable", "volatile", "original_error", "original_volatile",
    }  # fmt: skip
    yields = made.sql("SELECT count(*), count(reason), sum(pairs) FROM pair_yields WHERE pair_set = 'run'").fetchone()
    (questions,) = made.sql("SELECT count(DISTINCT position) FROM candidates WHERE run = 'small'").fetchone() or (0,)
    (pairs,) = made.sql("SELECT count(*) FROM pairs WHERE pair_set = 'run'").fetchone() or (0,)
    assert yields is not None
    assert yields[0] == questions
    assert yields[1] > 0
    assert yields[2] == pairs
    assert made.check() == []


def test_the_same_on_any_number_of_processes(made: store.Lake, lake: store.Lake) -> None:
    """Another lake and two processes give the same pairs; another seed does not."""
    synthesise(lake, "again", GOLDS, Recipe(seed=SEED, per_question=3), processes=2)
    synthesise(lake, "other", GOLDS, Recipe(seed=SEED + 1, per_question=3), processes=2)
    wanted = set(made.sql("SELECT pair FROM pairs WHERE pair_set = 'golds'").fetchall())
    assert set(lake.sql("SELECT pair FROM pairs WHERE pair_set = 'again'").fetchall()) == wanted
    assert set(lake.sql("SELECT pair FROM pairs WHERE pair_set = 'other'").fetchall()) != wanted


def test_nothing_is_executed_twice(lake: store.Lake) -> None:
    """The same set again adds nothing; under another name it executes nothing; with the same name it cannot be another set."""

    def counts() -> tuple[int, ...]:
        return tuple(lake.counts()[table] for table in ("executions", "pairs", "pair_drops"))

    first = synthesise(lake, "one", RUN, Recipe(), processes=1)
    before = counts()
    assert synthesise(lake, "one", RUN, Recipe(), processes=1).recorded.already
    assert counts() == before
    second = synthesise(lake, "two", RUN, Recipe(), processes=1)
    assert (second.recorded.pairs, second.executable) == (first.recorded.pairs, first.executable)
    assert counts()[0] == before[0]
    with pytest.raises(PairSetExistsError):
        synthesise(lake, "one", RUN, Recipe(seed=1), processes=1)


def test_what_was_executed_on_a_file_that_changes_meanwhile_is_not_kept(lake: store.Lake, demo: DemoFiles) -> None:
    """It may be of another content than the one that it would be kept under."""
    before = lake.counts()["executions"]

    def written(*_: object) -> Callable[[int], None]:
        return lambda _: [file.touch() for file in demo.database_root.glob("*/*.sqlite")].clear()

    done = synthesise(lake, "golds", GOLDS, Recipe(seed=SEED, per_question=3), processes=1, started=written)
    assert lake.counts()["executions"] == before
    assert set(done.unusable.values()) == {"has changed while SQL was executed on it"}


def test_a_dry_run_decides_the_same_and_writes_nothing(lake: store.Lake) -> None:
    """A dry run executes and counts as the real one does, and leaves the lake as it was."""
    version = lake.version

    def done(*, dry_run: bool) -> Synthesised:
        return synthesise(lake, "set", GOLDS, Recipe(types=("wrong_condition",)), processes=1, dry_run=dry_run)

    dry = done(dry_run=True)
    assert lake.version == version
    assert dry == done(dry_run=False)
    assert set(dry.recorded.pairs) == {"synthetic_wrong_condition"}


def test_a_share_that_fails_is_allowed_or_not(lake: store.Lake) -> None:
    """With many pairs a question there are more failing ones than their share: at most so many stay, and none when none may."""
    shares = {}
    for share in (0.0, 0.02, 1.0):
        done = synthesise(lake, f"s{share}", GOLDS, Recipe(per_question=50, max_not_executable=share), processes=1, dry_run=True)
        total, executable = sum(done.recorded.pairs.values()), sum(done.executable.values())
        shares[share] = total - executable, total, done.recorded.dropped.get("not_executable", 0)
    everything = shares[1.0][0]
    assert everything > 10
    assert shares[0.0][0] == 0
    assert shares[0.0][2] == everything
    failing, total, dropped = shares[0.02]
    assert failing <= Fraction("0.02") * total
    assert failing + 1 > Fraction("0.02") * (total + 1)
    assert failing + dropped == everything


@given(st.integers(0, 10_000), st.integers(0, 100))
def test_the_failing_share_is_exact(executing_: int, percent: int) -> None:
    """The number is the largest whose share of all is within the limit."""
    failing = _failing(executing_, percent / 100)
    if percent == 100:
        assert failing > 10**15
    else:
        assert failing * 100 <= percent * (executing_ + failing)
        assert (failing + 1) * 100 > percent * (executing_ + failing + 1)


def test_another_notion_of_the_same_result(lake: store.Lake) -> None:
    """By strict a query that only sorts otherwise is wrong, which by bird it is not."""
    counts = {
        name: synthesise(
            lake, name, Source(benchmark="demo", comparator=name), Recipe(("wrong_order_limit",), 9), processes=1, dry_run=True
        ).recorded.dropped.get("same_result", 0)
        for name in ("bird", "spider", "strict")
    }
    assert counts["strict"] < counts["bird"]
    assert counts["spider"] <= counts["bird"]


def test_there_must_be_something_to_change(lake: store.Lake) -> None:
    """A run or gold revision that is not there, or a run that nobody judged, is an error that says so."""
    with pytest.raises(NameNotFoundError, match="smal"):
        synthesise(lake, "x", Source(runs=("smal",)), Recipe())
    with pytest.raises(NameNotFoundError, match="better"):
        synthesise(lake, "x", Source(benchmark="demo", gold_revision="better"), Recipe())
    with pytest.raises(NameNotFoundError, match="comparator"):
        synthesise(lake, "x", Source(runs=("small",), comparator="strict"), Recipe())
    label(lake, [comparator("strict")], runs=["small"], processes=1)
    assert NothingToChangeError("x").hint == ""


@pytest.mark.slow
def test_spider_golds_give_hard_negatives(template: Path, real_data: Path, tmp_path: Path) -> None:
    """Over the golds of Spider dev at least 99 % of the pairs execute and are wrong; of the published synthetic ones, 39 %."""
    published = json.loads((real_data / "trajectories" / "synthetic_pairs.json").read_text("utf-8"))
    executable = sum(bool(pair["meta"]["rejected_cost_flags"].get("executable")) for pair in published)
    assert executable / len(published) == pytest.approx(0.388, abs=0.001)
    root = real_data / "spider"
    with store.open(shutil.copytree(template, tmp_path / "lake")) as lake:
        add_benchmark(lake, "spider_dev", read(root / "dev.json", databases=root / "database"))
        done = synthesise(lake, "hard", Source(benchmark="spider_dev"), Recipe())
    total = sum(done.recorded.pairs.values())
    assert total > 1900
    assert sum(done.executable.values()) / total > 0.99
    assert len(done.recorded.pairs) == 7
    assert sum(done.without.values()) < 20
