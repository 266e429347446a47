"""Selecting: a new set from others, with every drop as a row, on the command line and over the real sets of Spider dev."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from text2sql_data import importers
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.commands.pairs.select import select as command
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution import executing
from text2sql_data.execution.limits import Limits
from text2sql_data.importers.importing import Source as File
from text2sql_data.importers.importing import import_runs
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.pairs.filtering import Cap, FilterError, Filters
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.options import Options
from text2sql_data.pairs.recording import PairSet, PairSetExistsError, record
from text2sql_data.pairs.selecting import NothingLeftError, select
from text2sql_data.pairs.synthetic import Recipe, Source, synthesise

MADE = """
    SELECT
        $o || '_' || n % 2 AS type, $o AS origin, 'sql' AS agent, 'b' AS benchmark, 'r' AS revision,
        (n % 10)::INTEGER AS position,
        'db' || n % 2 AS db_id, NULL::VARCHAR AS run, NULL::UUID AS prompt, NULL::UUID AS rejected_prompt,
        'SELECT ' || n AS chosen, 'SELECT ' || repeat('x', n::INTEGER + 1) AS rejected,
        NULL::UUID AS chosen_candidate, NULL::UUID AS rejected_candidate,
        NULL::UUID AS chosen_critique, NULL::UUID AS rejected_critique,
        chosen AS chosen_sql, rejected AS rejected_sql, 1.0::DOUBLE AS chosen_reward, 0.2::DOUBLE AS rejected_reward,
        NULL::SMALLINT AS chosen_step, NULL::SMALLINT AS rejected_step,
        NULL::BOOLEAN AS chosen_claimed_ok, n % 3 > 0 AS rejected_claimed_ok, n AS place
    FROM range($c) AS t(n)
"""


@pytest.fixture(scope="module")
def two_sets(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a natural set of 40 pairs and a synthetic one of 30, of ten questions; never written to."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("two") / "lake"))
    with store.open(folder) as lake:
        for name, origin, count in (("natural", "natural", 40), ("hard", "synthetic", 30)):
            with lake.commit(name) as commit:
                commit.execute(f"CREATE TEMP TABLE found_pairs AS {MADE}", o=origin, c=count)
                record(lake, commit, PairSet(name, "imported", {"made": origin}, [], "b", "r"))
    return folder


@pytest.fixture
def lake(two_sets: Path, tmp_path: Path) -> Iterator[store.Lake]:
    with store.open(shutil.copytree(two_sets, tmp_path / "lake")) as opened:
        yield opened


def test_a_selection_is_a_set_with_its_drops(lake: store.Lake) -> None:
    """Each offered pair is in the new set, with its identity and text, or in the drops with the set that it was taken from."""
    filters = Filters(executable_rejected_only=True, caps=(Cap("origin", 0.25, "synthetic"), Cap("question", 3)))
    done = select(lake, ["natural", "hard"], "train", filters)
    kept = lake.sql("SELECT pair FROM pairs WHERE pair_set = 'train'").fetchall()
    drops = lake.sql("SELECT pair, source_set, reason FROM pair_drops WHERE pair_set = 'train'").fetchall()
    assert done.offered == 70
    assert len(kept) == sum(done.recorded.pairs.values())
    assert {pair for (pair,) in kept} | {pair for pair, _, _ in drops} == set(
        next(zip(*lake.sql("SELECT DISTINCT pair FROM pairs WHERE pair_set <> 'train'").fetchall(), strict=True))
    )
    assert len(kept) + len(drops) == 70
    assert {source for _, source, _ in drops} == {"natural", "hard"}
    assert dict(Counter(reason for _, _, reason in drops)) == done.recorded.dropped
    assert set(done.recorded.dropped) == {"not_executable", "cap"}
    assert lake.sql(
        "SELECT count(*) FROM pairs AS n JOIN pairs AS p ON p.pair = n.pair AND p.pair_set <> 'train'"
        " WHERE n.pair_set = 'train' AND (p.chosen <> n.chosen OR p.rejected <> n.rejected OR p.edit_ratio <> n.edit_ratio)"
    ).fetchone() == (0,)
    row = lake.sql("SELECT kind, benchmark, parents, n_pairs, n_dropped FROM pair_sets WHERE pair_set = 'train'").fetchone()
    assert row is not None
    assert row[:2] == ("selected", "b")
    assert json.loads(row[2]) == [{"pair_set": "natural"}, {"pair_set": "hard"}]
    assert row[3:] == (len(kept), len(drops))
    assert lake.check() == []


def test_overlapping_sets_add_up(lake: store.Lake) -> None:
    """A pair that two named sets have counts once, kept or dropped for the reason that holds; the second time is a number."""
    select(lake, ["natural"], "part", Filters(types=("natural_0",), caps=(Cap("question", 3),)))
    for filters in (Filters(), Filters(exclude_types=("natural_0",)), Filters(caps=(Cap("set", 7, "natural"),))):
        done = select(lake, ["natural", "part"], "both", filters, dry_run=True)
        kept, dropped = sum(done.recorded.pairs.values()), sum(done.recorded.dropped.values())
        assert done.repeated == done.offered - 40 > 0
        assert kept + dropped + done.repeated == done.offered
        assert "duplicate" not in done.recorded.dropped
    arguments = ["natural", "part", "--name", "both", "--dry-run"]
    assert (
        f"({done.repeated} of them offered by an earlier set too)"
        in CliRunner().invoke(command, arguments, obj=lake.folder).stdout
    )
    answer = json.loads(CliRunner().invoke(command, [*arguments, "--json"], obj=lake.folder).stdout)
    assert answer["repeated"] == done.repeated


def test_the_same_selection_is_there_already(lake: store.Lake) -> None:
    """Selecting again adds nothing; with other filters the name is taken; a dry run says the same and writes nothing."""
    filters = Filters(caps=(Cap("type", 0.3),))
    dry = select(lake, ["hard", "natural"], "x", filters, dry_run=True)
    version = lake.version
    done = select(lake, ["hard", "natural"], "x", filters)
    assert dry == done
    assert lake.version == version + 1
    assert select(lake, ["hard", "natural"], "x", filters).recorded.already
    assert lake.version == version + 1
    with pytest.raises(PairSetExistsError):
        select(lake, ["hard", "natural"], "x", filters, seed=14)


def test_nothing_left_is_an_error(lake: store.Lake) -> None:
    """A set of synthetic pairs of which a fifth may be synthetic is empty, and says why; so is a set that is not there."""
    with pytest.raises(NothingLeftError, match="30 cap"):
        select(lake, ["hard"], "x", Filters(caps=(Cap("origin", 0.2, "synthetic"),)))
    with pytest.raises(NameNotFoundError, match="natura ") as caught:
        select(lake, ["natura"], "x", Filters())
    assert "Did you mean natural?" in caught.value.hint


def test_the_command_says_what_it_kept(lake: store.Lake) -> None:
    """Caps are written BY:VALUE=N; the answer has pairs by type, drops by reason, and each cap with its value."""
    base = ["natural", "hard", "--name", "c", "--cap", "origin:synthetic=0.2", "--cap", "question=5", "--cap", "database=0.6"]
    done = CliRunner().invoke(command, [*base, "--dry-run", "--json"], obj=lake.folder)
    assert done.exit_code == 0
    assert done.stderr == "Dry run: nothing was written.\n"
    answer = json.loads(done.stdout)
    assert answer["pairs"] == {"natural_0": 20, "natural_1": 20, "synthetic_0": 5, "synthetic_1": 5}
    assert answer["dropped"] == {"cap": 20}
    uses = {(use["by"], use["value"]): (use["kept"], use["allowed"]) for use in answer["caps"]}
    assert uses["origin", "synthetic"] == (10, 10)
    assert uses["question", ""] == (5, 5)
    assert uses["database", "db0"] == (25, 30)
    printed = CliRunner().invoke(command, base, obj=lake.folder).stdout
    assert "origin synthetic" in printed
    assert "c: 50 of 70 pairs\n" in printed
    assert [line.split()[4] for line in printed.splitlines() if line.split()[:1] == ["question"]] == ["-"]
    assert "dropped: 20 cap" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cap", "kind=3"], "count by type, origin, set, database, question"),
        (["--cap", "type=many"], "is no number of pairs"),
        (["--cap", "type=1.5"], "no share between 0 and 1"),
        (["--max-edit-ratio", "1.0"], "max_edit_ratio 1.0 can drop nothing"),
        (["--type", "natural_2"], "No offered pair has the type natural_2"),
    ],
)
def test_what_cannot_be_meant_is_refused(lake: store.Lake, arguments: list[str], said: str) -> None:
    """A mistake in an option is an error that names it: of usage, or with a hint."""
    done = CliRunner().invoke(command, ["natural", "--name", "c", *arguments], obj=lake.folder)
    assert said in done.stderr + str(done.exception)
    assert done.exit_code == 2 or (isinstance(done.exception, FilterError) and done.exception.hint)


@pytest.mark.slow
def test_a_fifth_of_the_real_pairs(template: Path, real_data: Path, tmp_path: Path) -> None:
    """Natural pairs of the trajectories with synthetic ones: at most 20.00 % are synthetic, and one more would be too many.

    Published merges of the same pairs asked for 20 % as well, and had up to 20.54 % (144 of 701).
    """
    root = real_data / "spider"
    formats = {known.name: known for known in importers.FORMATS}
    with store.open(shutil.copytree(template, tmp_path / "lake")) as lake:
        add_benchmark(lake, "spider_dev", read(root / "dev.json", databases=root / "database"))
        file = File("trajectories", "trajectories", (real_data / "trajectories" / "trajectories.jsonl",))
        import_runs(lake, formats["trajectories"], [file], benchmark="spider_dev")
        executing.execute(lake, Limits())
        label(lake, [comparator("bird")])
        mine(lake, "natural", ["trajectories"], Options())
        synthesise(lake, "hard", Source(benchmark="spider_dev"), Recipe())
        caps = (Cap("origin", 0.2, "synthetic"), Cap("type", 0.5), Cap("database", 0.1), Cap("question", 4))
        done = select(lake, ["natural", "hard"], "train", Filters(min_margin=0.3, drop_near_duplicates=True, caps=caps))
        kept = lake.sql("SELECT type, origin, db_id, position, pair FROM pairs WHERE pair_set = 'train'").fetchall()
        rest = lake.sql(
            "SELECT p.type, p.origin, p.db_id, p.position, p.pair FROM pair_drops AS d"
            " JOIN pairs AS p ON p.pair_set = d.source_set AND p.pair = d.pair WHERE d.pair_set = 'train' AND d.reason = 'cap'"
        ).fetchall()
    total, counts = len(kept), [Counter(row[place] for row in kept) for place in range(4)]
    assert total == sum(done.recorded.pairs.values()) > 200

    def broken(by: list[Counter[object]], total: int) -> bool:
        types, origins, databases, questions = by
        return (
            origins["synthetic"] * 5 > total
            or max(types.values()) * 2 > total
            or max(databases.values()) * 10 > total
            or max(questions.values()) > 4
        )

    assert not broken(counts, total)
    assert rest
    for row in {row[:4] for row in rest}:
        assert broken([counts[place] + Counter([row[place]]) for place in range(4)], total + 1)
