"""Published trajectories: mined as that pipeline does they give its pairs; every other choice differs for a reason."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import trajectories
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.natural import DEFAULT_TYPES, GOLD
from text2sql_data.pairs.options import Options

pytestmark = pytest.mark.slow

FLAGS = "file:trajectories"
TYPES = {DEFAULT_TYPES[0]: 373, DEFAULT_TYPES[1]: 60, DEFAULT_TYPES[2]: 58, GOLD: 63}


class Key(NamedTuple):
    """What makes two pairs the same here."""

    type: str
    db_id: str
    question: str
    chosen: str
    rejected: str
    chosen_reward: float
    rejected_reward: float


def collapsed(text: str) -> str:
    """White space as that pipeline leaves it: collapsed, in golds as well."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def theirs(real_data: Path) -> Counter[Key]:
    """The published pairs."""
    keys = Counter[Key]()
    for pair in json.loads((real_data / "trajectories/dpo_pairs.json").read_text("utf-8")):
        meta = pair["meta"]
        sides = [collapsed(pair[side].removeprefix("SQL: ")) for side in ("chosen", "rejected")]
        rewards = (meta["chosen_reward"], meta["rejected_reward"])
        keys[Key(meta["pair_type"], meta["db_id"], meta["question"], *sides, *rewards)] += 1
    return keys


@pytest.fixture(scope="module")
def imported(real_data: Path, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the trajectories, of which nothing was executed."""
    folder = tmp_path_factory.mktemp("imported") / "lake"
    shutil.copytree(template, folder)
    with store.open(folder) as lake:
        add_benchmark(lake, "spider", read(real_data / "spider/dev.json"))
        source = Source("trajectories", "trajectories", (real_data / "trajectories/trajectories.jsonl",))
        import_runs(lake, trajectories.FORMAT, [source], benchmark="spider")
    return folder


@pytest.fixture(scope="module")
def executed(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """The same lake, with all of it executed and labelled by us."""
    folder = tmp_path_factory.mktemp("executed") / "lake"
    shutil.copytree(imported, folder)
    with store.open(folder) as lake:
        execute(lake, Limits())
        label(lake, [comparator("bag"), comparator("bird")])
        yield lake


def ours(lake: store.Lake, name: str, options: Options) -> dict[Key, int]:
    """The pairs that mining finds, each with the position of its question."""
    mine(lake, name, ["trajectories"], options._replace(types=tuple(TYPES), max_turns=3))
    rows = lake.sql(
        """
        SELECT type, p.db_id, question, chosen, rejected, chosen_reward, rejected_reward, position
        FROM pairs AS p JOIN questions AS q USING (benchmark, revision, position) WHERE pair_set = $name
        """,
        name=name,
    ).fetchall()
    keys = {Key(*row[:3], collapsed(row[3]), collapsed(row[4]), *row[5:7]): row[7] for row in rows}
    assert len(keys) == len(rows)
    return keys


def test_the_published_pairs(imported: Path, theirs: Counter[Key], tmp_path: Path) -> None:
    """With its flags and its tie-break, all 554 pairs are there with type, question, both SQL and both rewards, and no other."""
    shutil.copytree(imported, tmp_path / "lake")
    with store.open(tmp_path / "lake") as lake:
        found = ours(lake, "published", Options(comparator=FLAGS, tie_break="claimed_ms"))
        assert Counter(dict.fromkeys(found, 1)) == theirs
        assert Counter(key.type for key in found) == TYPES
        prompts = lake.sql(
            "SELECT type, count(*), count(t.text) FROM pairs LEFT JOIN prompts AS t USING (prompt) GROUP BY ALL"
        ).fetchall()
        without = {type_: n - known for type_, n, known in prompts}
        assert without == {**dict.fromkeys(TYPES, 0), DEFAULT_TYPES[2]: 58}  # the file does not keep the prompts of repairs
        yields = lake.sql("SELECT sum(pairs), count(*), count(*) FILTER (reason = 'all_correct') FROM pair_yields").fetchone()
        assert yields == (554, 1034, 538)
        assert lake.check() == []


def test_repairs_know_what_they_repair(imported: Path, real_data: Path) -> None:
    """Every candidate of a later turn has the first of the highest rewards of the turn before as its parent."""
    expected = set()
    for position, line in enumerate((real_data / "trajectories/trajectories.jsonl").read_text("utf-8").rstrip("\n").split("\n")):
        attempts = json.loads(line)["candidates"]
        for turn in {one["turn"] for one in attempts} - {1}:
            before = [one["reward"] for one in attempts if one["turn"] == turn - 1]
            expected.add((position, turn - 1, turn - 2, before.index(max(before))))
    with store.open(imported, create=False) as lake:
        rows = lake.sql(
            "SELECT DISTINCT c.position, c.step, p.step, p.sample FROM candidates AS c LEFT JOIN candidates AS p"
            " ON p.candidate = c.parent WHERE c.step > 0 OR c.parent IS NOT NULL"
        ).fetchall()
    assert set(rows) == expected
    assert len(rows) == len(expected) == 123 + 68


@pytest.mark.slow
def test_other_pairs_by_sample_are_ties(executed: store.Lake, theirs: Counter[Key]) -> None:
    """Where the lowest sample decides, each differing pair is a tie that wall time broke: equally rewarded, no slower."""
    found = ours(executed, "by_sample", Options(comparator=FLAGS))
    missing, extra = sorted(theirs - Counter(found.keys())), sorted(set(found) - set(theirs))
    assert (len(missing), len(extra)) == (169, 169)
    times = {
        (position, collapsed(sql)): (ms, correct == "correct", step)
        for position, sql, ms, correct, step in executed.sql(
            "SELECT position, c.sql, claimed_ms, verdict, step FROM candidates AS c"
            " JOIN verdicts AS v USING (candidate, position) WHERE comparator = $flags ORDER BY step DESC",
            flags=FLAGS,
        ).fetchall()
    }
    for there, here in zip(missing, extra, strict=True):
        assert there._replace(chosen="") == here._replace(chosen="")
        position = found[here]
        (their_ms, *their_rest), (our_ms, *our_rest) = times[position, there.chosen], times[position, here.chosen]
        assert their_rest == our_rest
        assert their_rest[0]
        assert their_ms <= our_ms


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "missing", "extra", "verdicts", "questions", "cause"),
    [
        # Two empty results are the same there, whatever their columns.
        ("bag", 3, 9, 15, 8, "g.n_rows = 0 AND r.n_rows = 0 AND len(g.columns) <> len(r.columns)"),
        # A set has no duplicates: they count there, and not for this comparator.
        ("bird", 40, 21, 94, 38, "g.set_digest = r.set_digest AND g.bag_digest <> r.bag_digest"),
    ],
)
def test_other_pairs_by_our_verdicts_have_a_cause(
    name: str,
    missing: int,
    extra: int,
    verdicts: int,
    questions: int,
    cause: str,
    executed: store.Lake,
    theirs: Counter[Key],
) -> None:
    """Pairs by our own verdicts differ only where a verdict or the engine does, and each differing verdict has its cause."""
    found = ours(executed, name, Options(comparator=name, tie_break="claimed_ms"))
    assert (len(theirs - Counter(found.keys())), len(set(found) - set(theirs))) == (missing, extra)
    differing = executed.sql(
        f"""
        SELECT b.position, coalesce({cause}, false)
        FROM judged_candidates AS a
        JOIN judged_candidates AS b USING (candidate)
        JOIN golds AS o ON o.position = b.position
        JOIN executions AS g ON g.sql_id = o.sql_id AND g.database = b.database
        JOIN executions AS r ON r.sql_id = b.sql_id AND r.database = b.database
        WHERE a.comparator = $flags AND b.comparator = $name AND a.verdict <> b.verdict
        """,
        flags=FLAGS,
        name=name,
    ).fetchall()
    assert all(explained for _, explained in differing)
    judged = {position for position, _ in differing}
    assert (len(differing), len(judged)) == (verdicts, questions)
    # Six candidates fail under the SQLite that the file was made with, and run under ours.
    engine = executed.sql(
        "SELECT DISTINCT position FROM candidates JOIN candidate_results AS r USING (candidate, position)"
        " WHERE claimed_ok <> (r.status = 'ok')"
    ).fetchall()
    positions = {
        (db_id, question): n for n, db_id, question in executed.sql("SELECT position, db_id, question FROM questions").fetchall()
    }
    changed = {positions[key.db_id, key.question] for key in {*theirs, *found} if (key in theirs) != (key in found)}
    assert changed <= judged | {position for (position,) in engine}
