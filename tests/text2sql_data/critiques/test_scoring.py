"""Scores of validators against labels, with the figures worked out by hand and by scikit-learn."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, precision_score, recall_score

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.commands.critique import critique
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.critiques import running, scoring
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import mats
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import NameNotFoundError

RIGHT, WRONG, FAILS = "SELECT name FROM member", "SELECT city FROM member", "SELECT naem FROM member"
SAID = [  # SQL, what `select` says, what `condition` says
    (RIGHT, "Conclude: correct.", "Conclude: incorrect."),
    (RIGHT, "Conclude: incorrect.", None),
    (WRONG, "Conclude: incorrect.", "Conclude: incorrect."),
    (WRONG, "Conclude: correct.", "who knows"),
    (FAILS, "Conclude: incorrect.", "Conclude: incorrect."),
]


@pytest.fixture(scope="module")
def judged(template: Path, library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """A lake with critiques of right and wrong SQL, and of one whose gold fails."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / "database/library").mkdir(parents=True)
    shutil.copy(library, folder / "database/library/library.sqlite")
    golds = [RIGHT, "SELECT nothing FROM member"]
    questions = [{"question_id": n, "db_id": "library", "question": f"q{n}", "query": gold} for n, gold in enumerate(golds)]
    (folder / "dev.json").write_text(json.dumps(questions))
    rollouts = [{"planner_sql": sql, "fb_select": first, "fb_condition": second} for sql, first, second in SAID]
    lines = [{"question_id": 0, "trajectories": rollouts}, {"question_id": 1, "trajectories": rollouts[:1]}]
    (folder / "r.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "b", read(folder / "dev.json"))
        import_runs(lake, mats.FORMAT, [Source("r", "r", (folder / "r.jsonl",))], benchmark="b", regime="sft")
        execute(lake, Limits(seconds=5))
        label(lake, [comparator("bird")])
        running.run(lake)
        yield lake


def test_by_hand(judged: store.Lake) -> None:
    """Each count, and what is left out: a critique that does not conclude, and a candidate whose gold fails."""
    scores = {one.validator: one for one in scoring.score(judged)}
    select, condition = scores["select"], scores["condition"]
    assert (select.critiques, select.n, select.unparsed, select.unknown) == (6, 5, 0, 1)
    assert (select.hits, select.false_alarms, select.misses, select.passes) == (2, 1, 1, 1)
    assert (condition.critiques, condition.n, condition.unparsed, condition.unknown) == (5, 3, 1, 1)
    assert (condition.hits, condition.false_alarms, condition.misses, condition.passes) == (2, 1, 0, 0)
    assert (condition.recall, condition.kappa) == (1.0, 0.0)
    assert select.regime == condition.regime == "sft"


def test_a_rule_critic_is_scored_on_all_that_was_examined(judged: store.Lake) -> None:
    """Its silence is an opinion, too; also of a critic that found nothing anywhere, whose precision is undefined."""
    scores = {one.validator: one for one in scoring.score(judged)}
    assert set(scores) == {"select", "condition", "rules", *running.NAMES}
    for name in ("rules", "unknown_column"):
        one = scores[name]
        assert (one.n, one.unknown, one.hits, one.false_alarms, one.misses, one.passes) == (5, 1, 1, 0, 2, 2)
        assert one.regime == running.REGIME
    silent = scores["null_order"]
    assert (silent.n, silent.hits, silent.misses, silent.precision, silent.recall) == (5, 0, 3, None, 0.0)


def test_as_scikit_learn(judged: store.Lake) -> None:
    """Precision, recall, F1, agreement and kappa are those of the library that everybody uses."""
    for one in scoring.score(judged):
        counts = (one.hits, one.false_alarms, one.misses, one.passes)
        said = [value for value, count in zip((1, 1, 0, 0), counts, strict=True) for _ in range(count)]
        truth = [value for value, count in zip((1, 0, 1, 0), counts, strict=True) for _ in range(count)]
        assert one.agreement == pytest.approx(accuracy_score(truth, said))
        assert one.recall == pytest.approx(recall_score(truth, said))
        assert one.f1 == pytest.approx(f1_score(truth, said))
        assert one.kappa == pytest.approx(cohen_kappa_score(truth, said))
        if one.precision is not None:
            assert one.precision == pytest.approx(precision_score(truth, said))


def test_slices_add_up(judged: store.Lake) -> None:
    """By anything else the counts are those of the whole."""
    (whole,) = scoring.score(judged, by=())
    for by in (["validator"], ["database", "stage"], ["run", "benchmark", "regime"]):
        parts = scoring.score(judged, by=by)
        assert sum(one.critiques for one in parts) == whole.critiques
        assert sum(one.hits for one in parts) == whole.hits
    assert {(one.run, one.database) for one in scoring.score(judged, by=["run", "database"])} == {("r", "library")}


def test_names_that_are_not_there(judged: store.Lake) -> None:
    """A misspelt comparator, gold revision or run is an error, not an empty table."""
    for wrong in ({"comparator": "brid"}, {"gold_revision": "orignal"}, {"runs": ["s"]}):
        with pytest.raises(NameNotFoundError):
            scoring.score(judged, **wrong)  # type: ignore[arg-type]  # one of three keywords


def test_the_command(judged: store.Lake) -> None:
    """The table, JSON and Markdown have the same figures; a slice that is not known is a usage error."""
    runner = CliRunner()

    def said(*arguments: str) -> str:
        result = runner.invoke(critique, list(arguments), obj=judged.folder, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    lines = [json.loads(line) for line in said("score", "--json").splitlines()]
    (select,) = [line for line in lines if line["validator"] == "select"]
    assert select == {"comparator": "bird", "gold_revision": "original", **select, "hits": 2, "n": 5}
    assert "| select | sft | 6 | 5 | 0 | 1 | 2 | 1 | 1 | 1 | 66.67 | 66.67 | 66.67 | 60.00 |" in said("score", "--markdown")
    assert "66.67" in said("score", "--by", "validator,run")
    assert json.loads(said("run", "--json")) == running.run(judged)._asdict()
    assert said("run", "--dry-run").startswith("0 SQL of 0 candidates to examine")
    assert runner.invoke(critique, ["score", "--by", "model"], obj=judged.folder).exit_code == 2
