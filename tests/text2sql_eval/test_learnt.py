"""Figures over questions that a model was trained on are refused with code 3, and marked everywhere where they are asked for."""

import importlib.util
import json
import pickle
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import store
from store import cli as store_cli
from store.cli import cli
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_eval.declared import warnings
from text2sql_eval.drift.drifting import drift
from text2sql_eval.drift.sides import Choice, Side
from text2sql_eval.figures import figures
from text2sql_eval.learnt import Learnt, TrainedQuestionsError, left_out_sentences, look, sentence
from text2sql_eval.reports.collab.report import Options as CollabOptions
from text2sql_eval.reports.collab.report import collab_report

_SPEC = importlib.util.spec_from_file_location(
    "demo_of_datasets", Path(__file__).parents[1] / "text2sql_data" / "datasets" / "conftest.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
demo_folder = _MODULE.demo_folder

SPLIT = {"fractions": {"train": 1.0}, "assign": {"validation": ["bakery"], "test": ["hospital_lab"]}}
PINS = {
    # Validation counts as learnt from, test does not: 18 questions a database.
    "learnt": {"kind": "sft", "runs": ["large"], "split": SPLIT},
    "held": {"kind": "grpo", "benchmarks": ["demo"], "split": {"fractions": {"test": 1.0}}},
    "reworded": {"kind": "grpo", "benchmarks": ["reworded"], "split": {"fractions": {"train": 1.0}}},
    "twin": {"kind": "grpo", "benchmarks": ["twin"], "split": {"fractions": {"train": 1.0}}},
    "elsewhere": {"kind": "grpo", "benchmarks": ["elsewhere"], "split": {"fractions": {"train": 1.0}}},
}
# By run: its model, the model's own pin, and the pins of its base.
RUNS: dict[str, tuple[str, str, list[str]]] = {
    "tuned": ("tuned", "learnt", []),
    "child": ("child", "reworded", ["learnt@1"]),
    "cousin": ("cousin", "twin", []),
    "neighbour": ("neighbour", "reworded", []),
    "apart": ("apart", "held", []),
    "namesake": ("namesake", "elsewhere", []),
}
ASKED = ["--comparator", "bird"]


def benchmark(folder: Path, questions: list[dict[str, Any]], name: str, reworded: str) -> list[str]:
    """The arguments that add the demo's questions again under another name, in other words."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps([{**one, "question": reworded.format(one["question"])} for one in questions]), "utf-8")
    return ["benchmark", "add", str(file), "--databases", str(folder / "database"), "--name", name]


@pytest.fixture(scope="module")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo lake with pins, models that were trained on them, and runs of these models: the candidates of large."""
    place = tmp_path_factory.mktemp("learnt")
    lake_folder = Path(shutil.copytree(demo_folder, place / "lake"))
    shutil.copytree(demo_folder.parent / "database", place / "database")
    questions = json.loads((demo_folder.parent / "questions.json").read_text("utf-8"))
    # The same words about another database, about the same one under another name, and about another one that is gone later.
    renamed = {"bakery": "shop", "city_library": "archive", "hospital_lab": "gone"}
    for old, new in renamed.items():
        shutil.copytree(place / "database" / old, place / "elsewhere" / new)
        file = (place / "elsewhere" / new / f"{old}.sqlite").rename(place / "elsewhere" / new / f"{new}.sqlite")
        if new != "archive":
            with closing(sqlite3.connect(file)) as changed:
                changed.execute("CREATE TABLE another (n INTEGER)")
                changed.commit()
    moved = [{**one, "db_id": renamed[one["db_id"]]} for one in questions if one["db_id"] in renamed]
    spoken = [benchmark(place, questions, "twin", "  {}!"), benchmark(place, questions, "reworded", "Tell me, please: {}")]
    (place / "elsewhere.json").write_text(json.dumps(moved), "utf-8")
    databases = ["--databases", str(place / "elsewhere")]
    again = ["benchmark", "add", str(place / "elsewhere.json"), *databases, "--name", "elsewhere"]
    spoken.append(again)
    for name, fields in PINS.items():
        recipe = place / f"{name}.yaml"  # JSON is YAML
        recipe.write_text(json.dumps({"name": name, "schema": "compact", **fields}), "utf-8")
        spoken.append(["pin", "create", str(recipe)])
    told(lake_folder, *spoken)
    shutil.rmtree(place / "elsewhere" / "gone")
    told(lake_folder, again)
    with store.open(lake_folder) as lake:
        models, runs = [], []
        for run, (model, pin, before) in RUNS.items():
            models.append(model_row(model, pin, before))
            asks = {"client": "openai", "model": f"{model}@1", "served": f"{model}@1", "lake_models": {f"{model}@1": "0"}}
            runs.append({"run": run, "config": json.dumps({"models": {"writer": asks}})})
        with lake.commit("models and runs") as commit:
            commit.append("models", models)
            commit.stage("made_runs", runs)
            commit.append(
                "runs",
                "SELECT m.run, r.benchmark, r.revision, m.run AS system, r.k, 'one_shot' AS format, '[]'::JSON AS sources,"
                " m.config, r.added FROM made_runs AS m, lake.runs AS r WHERE r.run = 'large'",
            )
            commit.append(
                "candidates",
                "SELECT c.* REPLACE (uuid() AS candidate, m.run AS run) FROM made_runs AS m, lake.candidates AS c"
                " WHERE c.run = 'large' AND c.sample < 3",
            )
        label(lake, [comparator("bird"), comparator("spider")], runs=list(RUNS), processes=1)
    return lake_folder


def told(folder: Path, *spoken: list[str]) -> None:
    """Commands are done."""
    for words in spoken:
        arguments = sys.argv
        done = CliRunner().invoke(cli, ["--lake", str(folder), *words], catch_exceptions=False)
        sys.argv = arguments
        assert done.exit_code == 0, done.output


def model_row(name: str, pin: str, before: list[str]) -> dict[str, object]:
    """A model as it is registered, without weights."""
    return {
        "name": name,
        "version": 1,
        "kind": "sft",
        "pin_name": pin,
        "pin_version": 1,
        "base": json.dumps({"name": "base", "sha256": "0", "pins": before}),
        "recipe": "{}",
        "seed": 0,
        "versions": "{}",
        "summary": "{}",
        "path": f"/models/{name}",
        "sha256": "0",
        "added": datetime(2026, 1, 1),  # noqa: DTZ001 - as the lake has it
    }


@pytest.fixture
def lake(folder: Path) -> Iterator[store.Lake]:
    """That lake, open; nothing is written to it."""
    with store.open(folder, create=False) as opened:
        yield opened


def called(folder: Path, *arguments: str) -> Result:
    """What `t2s` says."""
    return CliRunner().invoke(cli, ["--lake", str(folder), *arguments])


def learnt(lake: store.Lake, run: str) -> list[Learnt]:
    """What is found of a run, all allowed."""
    return list(figures(lake, runs=[run], comparators=["bird"], allow_trained=True).learnt)


def test_a_run_of_a_trained_model_is_refused(lake: store.Lake) -> None:
    """Train and validation count, test does not; the error names run, model, pin, questions and examples, and what to do."""
    with pytest.raises(TrainedQuestionsError) as caught:
        figures(lake, runs=["large", "tuned"], comparators=["bird"])
    (found,) = caught.value.found
    (known,) = lake.sql(
        "SELECT count(DISTINCT p.position) FROM pin_rows AS p JOIN question_outcomes AS o USING (position)"
        " WHERE p.name = 'learnt' AND p.split <> 'test' AND o.run = 'tuned' AND o.comparator = 'bird' AND o.excluded IS NULL"
    ).fetchone() or (0,)
    assert (found.run, found.model, found.pin) == ("tuned", "tuned@1", "learnt@1")
    assert (found.questions, found.databases, found.counted) == (known, 3, 71)
    assert 30 < known < 54
    assert f"tuned: {known} of 71 questions are in learnt@1" in str(caught.value)
    assert all(example[:30] in str(caught.value) for example in found.examples)
    assert "--allow-trained" in caught.value.hint
    assert (caught.value.exit_code, pickle.loads(pickle.dumps(caught.value)).found) == (3, [found])  # noqa: S301


def test_the_lineage_of_a_base_counts(lake: store.Lake) -> None:
    """A model whose base learnt the questions is refused as well, and the pin is named."""
    with pytest.raises(TrainedQuestionsError, match=r"in learnt@1, of the lineage of its model child@1"):
        figures(lake, runs=["child"])
    assert [(one.pin, one.questions > 0, one.databases) for one in learnt(lake, "child")] == [
        ("learnt@1", True, 3),
        ("reworded@1", False, 4),
    ]


def test_the_same_text_in_another_benchmark_is_the_same_question(lake: store.Lake) -> None:
    """Case, punctuation and white space do not make another question; a rewording does, and shares the databases only."""
    with pytest.raises(TrainedQuestionsError, match="71 of 71 questions are in twin@1"):
        figures(lake, runs=["cousin"])
    found = figures(lake, runs=["neighbour"], comparators=["bird"]).learnt
    assert [(one.pin, one.questions, one.databases) for one in found] == [("reworded@1", 0, 4)]
    assert "none of the 71 questions that count, and 4 databases of theirs" in sentence(found[0])


def test_the_same_text_about_another_database_is_another_question(lake: store.Lake) -> None:
    """Other name and other bytes; the same bytes under another name are the same, and so are bytes that are not known."""
    (found,) = learnt(lake, "namesake")
    counted = lake.sql(
        "SELECT db_id, count(*) FROM question_outcomes JOIN questions USING (benchmark, revision, position)"
        " WHERE run = 'namesake' AND comparator = 'bird' AND gate = 'exec_ok' AND excluded IS NULL GROUP BY ALL"
    ).fetchall()
    assert found.questions == sum(n for db_id, n in counted if db_id in {"city_library", "hospital_lab"})
    assert found.databases == 1


TRAINED = {"tuned", "child", "cousin", "namesake"}
KEPT = {"apart", "neighbour", "large", "small", "mats_rollouts"}


@pytest.mark.parametrize("common", [False, True])
def test_runs_that_nobody_named_are_left_out(lake: store.Lake, common: bool) -> None:
    """Figures are as if the others had been named; each left-out run is said with its pin; --allow-trained counts all."""
    found = figures(lake, comparators=["bird"], common=common)
    assert {one.run for one in found.left_out} == TRAINED
    assert {one.run for one in found.figures} == KEPT
    named = figures(lake, runs=sorted(KEPT), comparators=["bird"], common=common)
    assert (found.figures, found.common, found.learnt) == (named.figures, named.common, named.learnt)
    assert named.left_out == []
    said = left_out_sentences(found.left_out)
    assert [one.partition(" ")[0] for one in said] == sorted(TRAINED)
    assert all("@1, of the lineage of its model " in one and "--allow-trained" in one for one in said)
    every = figures(lake, comparators=["bird"], common=common, allow_trained=True)
    assert ({one.run for one in every.figures}, list(every.left_out)) == (KEPT | TRAINED, [])


def test_many_runs_that_are_left_out_are_named_together(lake: store.Lake) -> None:
    """After ten sentences there is one for the others."""
    (shared,) = learnt(lake, "tuned")
    said = left_out_sentences([shared._replace(run=f"r{number:02}") for number in range(13)])
    assert len(said) == 11
    assert "r10, r11, r12; --allow-trained" in said[-1]


def test_where_nothing_is_left_all_is_refused(lake: store.Lake) -> None:
    """Runs that are not labelled are not a rest."""
    with lake.scratch() as scratch:
        scratch.execute("CREATE TEMP TABLE of AS SELECT 'tuned' AS run, benchmark, revision, position FROM lake.questions")
        counted = "SELECT * FROM of WHERE benchmark = 'demo'"
        with pytest.raises(TrainedQuestionsError):
            look(lake, scratch, counted, allow=False, named=False)
        both = f"{counted} UNION ALL SELECT 'large', * EXCLUDE (run) FROM of WHERE benchmark = 'demo'"
        assert look(lake, scratch, both, allow=False, named=False).runs == ["tuned"]


UNNAMED = (
    ("eval", *ASKED, "--json"),
    ("eval", *ASKED, "--common"),
    ("taxonomy", "--json"),
    ("taxonomy", "--repair", "--columns"),
    ("report", "runs", *ASKED, "--no-taxonomy", "--json", "-"),
    ("report", "runs", *ASKED, "--markdown", "-"),
    ("report", "question", "demo", "0", "--json", "-"),
    ("report", "question", "demo", "0"),
    ("report", "drift", "--from", "bird", "--to", "spider", "--json", "-"),
    ("report", "drift", "--from", "bird", "--to", "spider", "--markdown", "-"),
)


@pytest.mark.parametrize(
    "words",
    [one if one[0] == "eval" or one in UNNAMED[6:7] else pytest.param(one, marks=pytest.mark.slow) for one in UNNAMED],
    ids=str,
)
def test_commands_leave_out_what_nobody_named(folder: Path, words: tuple[str, ...]) -> None:
    """One that trained runs are not in, and a note for each of them, on standard error where standard output is for programs."""
    done = called(folder, *words)
    assert done.exit_code == 0, done.output
    for run in ("tuned", "child", "cousin"):
        assert f"{run} is left out:" in " ".join(done.output.split())
    if words[0] == "eval":
        assert "is left out" not in done.stdout
    if words[0] == "eval" and "--json" in words:
        assert {json.loads(line)["run"] for line in done.stdout.splitlines()} == KEPT
    elif "--json" in words:
        report = json.loads(done.stdout)
        assert set(report["left_out"]) in (TRAINED, TRAINED - {"namesake"})  # which learnt no question of every database
        counted = report["taxonomy"]["totals"] if words[0] == "taxonomy" else report.get("runs", [])
        assert not TRAINED & {one if isinstance(one, str) else one["run"] for one in counted} - {"namesake"}


def test_what_was_only_tested_on_may_be_counted(lake: store.Lake) -> None:
    """A pin whose rows are all of the split test refuses nothing, and neither does a run without a model of the lake."""
    assert learnt(lake, "apart") == learnt(lake, "large") == []
    assert figures(lake, runs=["apart", "large"], comparators=["bird"]).figures


def test_a_candidate_is_traced_to_the_rows_of_a_pin(lake: store.Lake) -> None:
    """By the views: candidate, run, model, pin, rows."""
    rows = lake.sql(
        "SELECT m.agent_model, m.model, m.version, p.pin_name, p.own, count(DISTINCT r.row) > 0 FROM candidates AS c"
        " JOIN run_models AS m USING (run) JOIN model_pins AS p USING (model, version)"
        " JOIN pin_rows AS r ON r.name = p.pin_name AND r.version = p.pin_version"
        " WHERE c.run = 'child' AND c.position = 0 GROUP BY ALL ORDER BY p.pin_name"
    ).fetchall()
    assert rows == [("writer", "child", 1, "learnt", False, True), ("writer", "child", 1, "reworded", True, True)]


def test_the_lake_as_it_was_is_guarded(lake: store.Lake) -> None:
    """At an earlier version too; before there were models there is nothing to guard."""
    with lake.at(lake.version) as then, pytest.raises(TrainedQuestionsError):
        figures(then, runs=["tuned"])


REFUSED = (
    ("eval", "--run", "tuned", *ASKED),
    ("eval", "--run", "tuned", "--run", "large", "--common", "--json"),
    ("compare", "tuned", "large"),
    ("taxonomy", "tuned"),
    ("taxonomy", "tuned", "--repair"),
    ("taxonomy", "tuned", "--columns"),
    ("report", "runs", "tuned", "large", *ASKED),
    ("report", "compare", "tuned", "large"),
    ("report", "collab", "tuned", "large"),
    ("report", "drift", "--from", "bird", "--to", "spider", "--run", "tuned"),
    ("report", "question", "demo", "0", "--run", "tuned"),
)


@pytest.mark.parametrize(
    "words",
    [one if one[0] == "compare" or "question" in one else pytest.param(one, marks=pytest.mark.slow) for one in REFUSED],
    ids=str,
)
def test_every_command_with_figures_refuses(folder: Path, words: tuple[str, ...]) -> None:
    """Each of them by itself."""
    with pytest.raises(TrainedQuestionsError):
        CliRunner().invoke(cli, ["--lake", str(folder), *words], catch_exceptions=False)


def test_the_refusal_is_code_3(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One error, one hint, no figure."""
    monkeypatch.setattr(sys, "argv", ["t2s", "--lake", str(folder), "eval", "--run", "tuned"])
    with pytest.raises(SystemExit) as caught:
        store_cli.main()
    said = capsys.readouterr()
    assert (caught.value.code, said.out) == (3, "")
    assert "error: These runs would be judged on questions that their models were trained on" in said.err
    assert "hint: " in said.err


MARK = "its model tuned@1 learnt from learnt@1, or was chosen by it"


@pytest.mark.parametrize(
    "words",
    [
        ("eval", "--run", "tuned", *ASKED),
        pytest.param(("eval", "--run", "tuned", *ASKED, "--markdown"), marks=pytest.mark.slow),
        pytest.param(("compare", "tuned", "large"), marks=pytest.mark.slow),
        ("compare", "tuned", "large", "--latex"),
        ("taxonomy", "tuned"),
        pytest.param(("report", "runs", "tuned", "large", *ASKED, "--no-taxonomy"), marks=pytest.mark.slow),
        pytest.param(("report", "runs", "tuned", "large", *ASKED, "--markdown", "-"), marks=pytest.mark.slow),
        pytest.param(("report", "runs", "tuned", "large", *ASKED, "--no-taxonomy", "--latex", "-"), marks=pytest.mark.slow),
        pytest.param(("report", "compare", "tuned", "large", "--markdown", "-"), marks=pytest.mark.slow),
        pytest.param(("report", "compare", "tuned", "large", "--latex", "-"), marks=pytest.mark.slow),
        pytest.param(("report", "collab", "tuned", "large", "--markdown", "-"), marks=pytest.mark.slow),
        pytest.param((*REFUSED[9], "--markdown", "-"), marks=pytest.mark.slow),
        ("report", "question", "demo", "0", "--run", "tuned", "--markdown", "-"),
    ],
    ids=str,
)
def test_what_is_allowed_is_marked_for_people(folder: Path, words: tuple[str, ...]) -> None:
    """In what is printed itself, not only beside it; the sentence of LaTeX stands in the caption, escaped."""
    done = called(folder, *words, "--allow-trained")
    assert done.exit_code == 0, done.output
    flat = " ".join(done.output.replace("\\_", "_").replace("\\@", "@").split())
    if "--latex" in words:
        flat = flat[flat.index("\\caption") :]
    assert MARK in flat, done.stdout
    if words[0] == "report" and "--markdown" in words:
        assert "--allow-trained" in flat  # the command that makes it again


@pytest.mark.parametrize("words", [(*REFUSED[0], "--json"), (*REFUSED[2], "--json"), (*REFUSED[3], "--json")], ids=" ".join)
def test_what_is_allowed_is_marked_for_programs(folder: Path, words: tuple[str, ...]) -> None:
    """By run: model, pin, questions, databases."""
    done = called(folder, *words, "--allow-trained")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        found = line["in_training"] if words[0] == "eval" else line["in_training"]["tuned"]
        assert [(one["model"], one["pin"], one["databases"]) for one in found] == [("tuned@1", "learnt@1", 3)]
        assert found[0]["questions"] > 0


@pytest.mark.slow
def test_reports_keep_it(folder: Path, tmp_path: Path) -> None:
    """The JSON of every report has it by run; the page says it."""
    for place, words in enumerate(REFUSED[6:]):
        file, page = tmp_path / f"{place}.json", tmp_path / f"{place}.html"
        wanted = [] if words[1] in {"runs", "compare", "collab"} else ["--html", str(page)]  # those need the charts' packages
        done = called(folder, *words, "--allow-trained", "--json", str(file), *wanted)
        assert done.exit_code == 0, done.output
        report = json.loads(file.read_text("utf-8"))
        assert report["in_training"]["tuned"][0]["pin"] == "learnt@1"
        assert report["options"]["allow_trained"] is True
        if wanted:
            assert MARK in page.read_text("utf-8")


def test_functions_refuse_as_commands_do(lake: store.Lake) -> None:
    """Whoever computes figures in Python is guarded too; warnings have the sentence."""
    with pytest.raises(TrainedQuestionsError):
        collab_report(lake, "tuned", "large", CollabOptions())
    with pytest.raises(TrainedQuestionsError):
        drift(lake, Side("bird"), Side("spider"), Choice(["tuned"]))
    (shared,) = learnt(lake, "tuned")
    assert warnings(lake, ["tuned"], "exec_ok", (), [shared]) == [sentence(shared)]
    assert warnings(lake, ["large"], "exec_ok", (), [shared]) == []
