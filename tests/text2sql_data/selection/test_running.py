"""Selections in the lake: nothing is chosen twice, what has changed is chosen again, and nothing of it depends on a label."""

import json
import random
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from store import engine
from store.address import parse
from store.cli import cli
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.selection import running
from text2sql_data.selection.fitting import fitting, models
from text2sql_data.selection.methods.majority import Majority
from text2sql_data.selection.methods.rules import Rules
from text2sql_data.selection.opening import PLAIN, open_fitted, open_plain

SCORES = """
SELECT n.name, s.candidate::VARCHAR, s.score, s.detail::VARCHAR
FROM scores AS s JOIN selectors AS n USING (selector) WHERE n.name <> 'model' ORDER BY ALL
"""
PICKS = """
SELECT name, run, position, candidate::VARCHAR, score, tied, reason FROM current_selections WHERE name <> 'model' ORDER BY ALL
"""

JUDGED = """
SELECT
    uuid() AS critique, candidate, 'judge' AS validator, 'llm' AS regime, 0::SMALLINT AS ordinal, 'wrong' AS text,
    'incorrect' AS verdict, true AS post_hoc
FROM lake.candidates
WHERE run = 'mats_rollouts' AND sample = 0
"""


def write(folder: Path, *statements: str) -> None:
    """Change the tables of a lake in place, as no part of the project ever does."""
    connection = engine.connect(folder.parent, None)
    engine.attach(connection, parse(folder), "writer", read_only=False)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_nothing_is_chosen_twice(judged: store.Lake) -> None:
    """The second time makes no snapshot; another gate is another selector; draws are added where they are missing."""
    done = running.run(judged, Majority(), ["small", "large"], chunk=20)
    assert (done.questions, done.added) == (144, 144)
    version = judged.version
    again = running.run(judged, Majority(), ["small", "large"])
    assert (again.added, again.snapshot, judged.version) == (0, None, version)
    assert running.run(judged, Majority(), ["small"], gate="always").added == 72
    assert running.run(judged, Majority(), ["small"], draws=3).added == 72
    curves = judged.sql("SELECT k, count(DISTINCT draw) FROM selections WHERE run = 'small' AND draw > 0 GROUP BY k ORDER BY k")
    assert curves.fetchall() == [(k, 3) for k in range(1, 8)]
    with pytest.raises(NameNotFoundError, match="no run tiny"):
        running.run(judged, Majority(), ["tiny"])


def test_what_changed_is_chosen_again(own_folder: Path) -> None:
    """Another result of one SQL is another input of its question, and of no other one."""
    with store.open(own_folder, create=False) as lake:
        running.run(lake, Majority(), ["large"])
        sql_id, position = lake.sql(
            "SELECT sql_id::VARCHAR, min(position) FROM candidates WHERE run = 'large' AND position = 5 GROUP BY 1 ORDER BY 1"
        ).fetchall()[0]
    write(own_folder, f"UPDATE writer.executions SET set_digest = uuid() WHERE sql_id = '{sql_id}'")
    with store.open(own_folder, create=False) as lake:
        assert running.run(lake, Majority(), ["large"]).added == 1
        newest = lake.sql("SELECT position FROM current_selections WHERE snapshot = (SELECT max(snapshot) FROM selections)")
        assert newest.fetchall() == [(position,)]


@pytest.mark.slow
def test_shuffled_labels_and_golds_change_no_score(own_folder: Path) -> None:
    """The leak test: every method at inference, a fitted model included, gives the same scores when no label is true any more."""
    with store.open(own_folder, create=False) as lake:
        pin = fitting.pin_features(lake, "rows", ["small"], comparator="bird", gold_revision="original", gate="exec_ok", draws=0)
        ref = fitting.fit(lake, "model", pin, estimator="logistic").model

    def chosen() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        with store.open(own_folder, create=False) as lake:
            for method in PLAIN:
                running.run(lake, open_plain(method, {}), ["large"])
            fitted = open_fitted(lake, ref, ["large"], "exec_ok", "questions")
            running.run(lake, fitted, ["large"], name="fitted")
            return lake.sql(SCORES).fetchall(), lake.sql(PICKS).fetchall()

    before = chosen()
    rng = random.Random(0)  # noqa: S311 - a test
    write(
        own_folder,
        f"UPDATE writer.labels SET verdict = CASE WHEN hash(candidate, {rng.random()}) % 2 = 0 THEN 'correct' ELSE 'wrong' END",
        "UPDATE writer.golds SET sql = 'SELECT ' || position, sql_id = uuid()",
        "UPDATE writer.candidates SET saw_gold = hash(candidate) % 2 = 0",
        "DELETE FROM writer.selections",
        "DELETE FROM writer.scores",
        "DELETE FROM writer.selectors",
    )
    with store.open(own_folder, create=False) as lake:
        assert lake.sql("SELECT count(*) FROM selections").fetchone() == (0,)
    assert chosen() == before


def test_no_statement_of_selection_reads_labels() -> None:
    """What selectors and features are computed from names no table that a label or a gold stands in."""
    forbidden = ("labels", "golds", "judged_candidates", "question_outcomes", "verdicts", "saw_gold", "pairs", "difficulty")
    for package in ("text2sql_data.selection", "text2sql_data.features"):
        for file in (files(package) / "sql").iterdir():
            if file.name.endswith(".sql"):
                text = " ".join(line for line in file.read_text("utf-8").splitlines() if not line.startswith("--"))
                words = text.replace(".", " ").replace(",", " ").replace("(", " ").split()
                assert not set(forbidden) & set(words), file.name


def test_a_judge_that_was_asked_about_failures_is_not_seen(own_folder: Path) -> None:
    """Critiques that were written afterwards change nothing: that there is one may be because the answer was wrong."""
    with store.open(own_folder, create=False) as lake:
        running.run(lake, Rules(), ["mats_rollouts"])
        before = lake.sql(PICKS).fetchall()
        with lake.commit("a judge") as commit:
            commit.append(
                "critiques",
                JUDGED,
            )
        assert running.run(lake, Rules(), ["mats_rollouts"]).added == 0
        assert lake.sql(PICKS).fetchall() == before


def test_commands(own_folder: Path) -> None:
    """run, fit and list from the command line, and errors that say what to do."""
    runner = CliRunner()

    def t2s(*arguments: str, code: int = 0) -> str:
        found = runner.invoke(cli, ["--lake", str(own_folder), *arguments])
        assert found.exit_code == code, found.output
        return found.output if code == 0 else str(found.exception or found.output)

    done = json.loads(t2s("select", "run", "majority", "--run", "large", "--json").splitlines()[-1])
    assert (done["name"], done["questions"], done["added"]) == ("majority", 72, 72)
    fitted = json.loads(
        t2s("select", "fit", "feats", "--run", "large", "--estimator", "logistic", "--json", "--folds", "4").splitlines()[-1]
    )
    assert (fitted["model"], fitted["databases"], fitted["folds"]) == ("feats@1", 4, 4)
    listed = [json.loads(line) for line in t2s("select", "list", "--json").splitlines()]
    assert {(one["name"], one["run"], one["questions"]) for one in listed} == {("majority", "large", 72), ("feats", "large", 72)}
    assert "feats@1 was trained on" in t2s("select", "run", "features", "--run", "small", "--model", "feats@1", code=1)
    output = t2s("select", "run", "features", "--run", "small", "--model", "feats@1", "--allow", "questions")
    assert "71 questions: trained_on_question" in output  # the gold of one question fails, so it was not trained on
    assert "1 questions: trained_on_database" in output
    figures = [json.loads(line) for line in t2s("eval", "--run", "large", "--selector", "feats", "--json").splitlines()]
    assert {one["metric"] for one in figures} >= {"selector:feats", "pick_rate:feats", "pick_rate_mixed:feats", "headroom:feats"}


@pytest.mark.slow
def test_a_model_is_loaded_only_as_it_was_saved(own_folder: Path) -> None:
    """Other bytes under its sha256, or what is no model of scikit-learn, are refused before anything is loaded."""
    with store.open(own_folder, create=False) as lake:
        pin = fitting.pin_features(lake, "rows", ["small"], comparator="bird", gold_revision="original", gate="exec_ok", draws=0)
        fitting.fit(lake, "model", pin, estimator="logistic")
        assert models.load(lake, "model").ref == "model@1"
    write(own_folder, "UPDATE writer.models SET weights = 'abc'::BLOB")
    with (
        store.open(own_folder, create=False) as lake,
        pytest.raises(store.StoreError, match="are not those that were saved"),
    ):
        models.load(lake, "model@1")
    with store.open(own_folder, create=False) as lake, pytest.raises(models.ModelNotFoundError, match="no model other"):
        models.load(lake, "other")
