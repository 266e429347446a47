"""Features in the lake: computed once for what can be seen, found again by name, and computed anew where that has changed."""

import json
from pathlib import Path
from statistics import fmean, median

import pytest
from click.testing import CliRunner

import store
from store import engine
from store.address import parse
from store.cli import cli
from text2sql_data.features.building import build, distribution
from text2sql_data.features.computing import KEY, compute
from text2sql_data.features.definitions import features, set_id
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.selection import choices as reading

pytestmark = pytest.mark.slow  # whole flows over whole lakes

RUN = "mats_rollouts"


def write(folder: Path, statement: str) -> None:
    """Change a table of a lake in place, as no part of the project ever does."""
    connection = engine.connect(folder.parent, None)
    engine.attach(connection, parse(folder), "writer", read_only=False)
    connection.execute(statement)
    connection.close()


def test_definitions() -> None:
    """Every feature has a name, a type and a description; its set has another identity under another gate."""
    names = [feature.name for feature in features()]
    assert len(set(names)) == len(names) > 100
    for feature in features():
        assert feature.name.islower()
        assert feature.name.isidentifier()
        assert feature.description.endswith(".")
        assert feature.version
    assert len({set_id(gate) for gate in ("exec_ok", "critique", "always")}) == 3


def test_built_once_and_found_by_name(judged: store.Lake) -> None:
    """The second time computes nothing and makes no snapshot; the view gives every value of every answer under its name."""
    done = build(judged, [RUN])
    answers = judged.sql("SELECT count(*) FROM answers WHERE run = $run AND gate = 'exec_ok'", run=RUN).fetchall()[0][0]
    assert (done.questions, done.answers, done.features) == (72, answers, len(features()))
    assert done.snapshot == judged.version
    again = build(judged, [RUN])
    assert (again.questions, again.answers, again.snapshot, judged.version) == (72, 0, None, done.snapshot)
    with judged.scratch() as scratch:
        reading.stage(scratch, RUN, "exec_ok", 0, 1_000)
        values = compute(reading.choices(reading.staged(scratch))).drop("choice")
    wanted = {
        (str(row["candidate"]), name): value for row in values.rows(named=True) for name, value in row.items() if name not in KEY
    }
    rows = judged.sql("SELECT candidate::VARCHAR, feature, type, value FROM candidate_features").fetchall()
    assert {(candidate, feature): value for candidate, feature, _, value in rows} == wanted
    assert len(rows) == len(wanted)
    assert {(feature, type_) for _, feature, type_, _ in rows} == {(feature.name, feature.type) for feature in features()}


def test_computed_again_after_a_change(own_folder: Path) -> None:
    """Another result of one SQL is computed for its question alone; the view then gives the newer values, once."""
    with store.open(own_folder, create=False) as lake:
        build(lake, ["large"])
        sql_id, position = lake.sql(
            "SELECT sql_id::VARCHAR, position FROM candidates WHERE run = 'large' AND position = 5 ORDER BY 1 LIMIT 1"
        ).fetchall()[0]
        before = lake.sql("SELECT count(*) FROM candidate_features").fetchone()
    write(own_folder, f"UPDATE writer.executions SET set_digest = uuid() WHERE sql_id = '{sql_id}'")
    with store.open(own_folder, create=False) as lake:
        done = build(lake, ["large"])
        assert done.answers == 8
        newest = lake.sql(
            "SELECT DISTINCT position FROM feature_values WHERE snapshot = (SELECT max(snapshot) FROM feature_values)"
        )
        assert newest.fetchall() == [(position,)]
        assert lake.sql("SELECT count(*) FROM candidate_features").fetchone() == before
        assert build(lake, ["large"]).answers == 0


def test_distribution(judged: store.Lake) -> None:
    """Number, missing, mean and median are those of the values in the view; a run without values has none."""
    build(judged, [RUN])
    found = distribution(judged, "approval", [RUN, "small"], "exec_ok")
    rows = judged.sql("SELECT value FROM candidate_features WHERE feature = 'approval'").fetchall()
    values = [value for (value,) in rows if value is not None]
    own = found[RUN]
    assert (own["n"], own["missing"]) == (len(values), len(rows) - len(values))
    assert own["mean"] == pytest.approx(fmean(values))
    assert own["median"] == pytest.approx(median(values))
    assert (own["least"], own["most"]) == (min(values), max(values))
    assert found["small"]["n"] == 0
    assert found["small"]["mean"] is None


def test_commands(own_folder: Path) -> None:
    """list, describe and build, as text and as JSON, and errors that say what to do."""
    runner = CliRunner()

    def t2s(*words: str, code: int = 0) -> str:
        found = runner.invoke(cli, ["--lake", str(own_folder), "features", *words])
        assert found.exit_code == code, found.output
        return found.output if code == 0 else f"{found.output} {found.exception} {getattr(found.exception, 'hint', '')}"

    listed = [json.loads(line) for line in t2s("list", "--json").splitlines()]
    assert [one["name"] for one in listed] == [feature.name for feature in features()]
    assert "result_share" in t2s("list")
    assert "compute them with: t2s features build" in t2s("describe", "result_share", "--run", "small")
    built = json.loads(t2s("build", "--run", "small", "--json").splitlines()[-1])
    assert (built["questions"], built["answers"]) == (72, 576)
    assert "72 questions, 0 answers computed" in t2s("build", "--run", "small")
    described = json.loads(t2s("describe", "result_share", "--run", "small", "--json").splitlines()[-1])
    assert (described["type"], described["source"]) == ("share", "sql/result_agreement")
    assert described["values"]["small"]["n"] == 576
    assert "Did you mean result_share" in t2s("describe", "result_shar", code=1)
    assert "no run tiny" in t2s("build", "--run", "tiny", code=1)
    with store.open(own_folder, create=False) as lake, pytest.raises(NameNotFoundError, match="no run tiny"):
        build(lake, ["tiny"])
