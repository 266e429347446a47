"""Fitting on features: no model sees a database that it scores, nothing depends on chance, and the guard finds what is shared."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

import store
from store import engine
from store.address import parse
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.datasets.pinning import pin_recipe
from text2sql_data.datasets.reading import convert
from text2sql_data.selection.fitting import crossfit as crossfitting
from text2sql_data.selection.fitting import estimators, fitting, models
from text2sql_data.selection.fitting.crossfit import Training, calibration, crossfit, importances, training
from text2sql_data.selection.methods.features import feature_names
from text2sql_data.selection.model import SelectionError

SCORES = (
    "SELECT candidate::VARCHAR, score, detail::VARCHAR FROM scores JOIN selectors USING (selector) WHERE name = $name ORDER BY 1"
)
PICKS = """
SELECT position, candidate::VARCHAR FROM current_selections WHERE name = $name AND run = 'large' AND position IN (
    SELECT position FROM questions WHERE benchmark = 'demo' AND db_id = $db
) ORDER BY ALL
"""

HELD = """
SELECT q.position, q.db_id, any_value(s.detail ->> 'fold') AS fold
FROM scores AS s
JOIN candidates AS c USING (candidate)
JOIN runs AS r USING (run)
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
WHERE run IN ('large', 'twin')
GROUP BY run, q.position, q.db_id
"""


def write(folder: Path, *statements: str) -> None:
    """Change the tables of a lake in place, as no part of the project ever does."""
    connection = engine.connect(folder.parent, None)
    engine.attach(connection, parse(folder), "writer", read_only=False)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def pinned(lake: store.Lake, name: str = "rows", run: str = "large") -> str:
    """A pin of the features and verdicts of one run, without draws."""
    return fitting.pin_features(lake, name, [run], comparator="bird", gold_revision="original", gate="exec_ok", draws=0)


@pytest.fixture(scope="module")
def fitted_folder(judged_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a pin and a model of it."""
    folder = Path(shutil.copytree(judged_folder, tmp_path_factory.mktemp("fitted") / "lake"))
    with store.open(folder, create=False) as lake:
        fitting.fit(lake, "model", pinned(lake), estimator="logistic")
    return folder


@pytest.fixture(scope="module")
def rows(fitted_folder: Path) -> Training:
    """The examples of that pin."""
    with store.open(fitted_folder, create=False) as lake:
        return training(lake, "rows")


def test_no_model_sees_the_database_that_it_scores(rows: Training) -> None:
    """Turning over all verdicts of a database changes no log-odds of its own answers, to the bit, and those of others."""
    before = crossfit(rows, "logistic")
    assert sorted(key.removeprefix("name ") for key in before.fold_of if key.startswith("name ")) == rows.databases
    for number, name in enumerate(rows.databases):
        own = rows.rows.group == number
        nonsense = rows.rows._replace(right=np.where(own, ~rows.rows.right, rows.rows.right))
        after = crossfit(rows._replace(rows=nonsense), "logistic")
        assert after.fold_of == before.fold_of
        for fold, (ours, theirs) in enumerate(zip(before.folds, after.folds, strict=True)):
            odds = [estimators.log_odds(one.rankers, rows.rows.values[own]) for one in (ours, theirs)]
            assert np.array_equal(*odds) == (fold == before.fold_of[f"name {name}"])


@pytest.mark.slow
@pytest.mark.long
def test_nonsense_about_a_database_changes_no_choice_there(own_folder: Path) -> None:
    """The same in the lake: its questions get the same choices from a fit on its verdicts turned over."""
    with store.open(own_folder, create=False) as lake:
        fitting.fit(lake, "true", pinned(lake), estimator="logistic")
        db = lake.sql("SELECT min(db_id) FROM questions").fetchall()[0][0]
    write(
        own_folder,
        "UPDATE writer.labels SET verdict = CASE verdict WHEN 'correct' THEN 'wrong' ELSE 'correct' END"
        " WHERE verdict <> 'unknown' AND comparator = 'bird' AND candidate IN (SELECT c.candidate FROM writer.candidates AS c"
        f" JOIN writer.questions AS q ON q.position = c.position WHERE c.run = 'large' AND q.db_id = '{db}')",
    )
    with store.open(own_folder, create=False) as lake:
        fitting.fit(lake, "nonsense", pinned(lake, "turned"), estimator="logistic")
        own, turned = (lake.sql(PICKS, name=name, db=db).fetchall() for name in ("true", "nonsense"))
        assert len(own) > 10
        assert own == turned


@pytest.mark.slow
@pytest.mark.long
def test_the_same_seed_gives_the_same_scores(judged: store.Lake) -> None:
    """To the bit, from the same pin under another name."""
    pin = pinned(judged)
    for name in ("one", "two"):
        fitting.fit(judged, name, pin, estimator="logistic", seed=3)
    one, two = (judged.sql(SCORES, name=name).fetchall() for name in ("one", "two"))
    assert len(one) == 576
    assert one == two
    assert fitting.fit(judged, "one", pin, estimator="logistic", seed=3).model == "one@1"
    assert fitting.fit(judged, "one", pin, estimator="logistic", seed=4).model == "one@2"


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("estimator", ["gradient_boosting", "blend"])
def test_every_estimator_is_the_same_again(rows: Training, estimator: str) -> None:
    """Trees draw features, and from the seed alone."""
    found = [crossfit(rows, estimator, folds=2, seed=seed).probabilities for seed in (0, 0, 1)]
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_a_loaded_model_is_the_one_that_was_saved(fitted_folder: Path, rows: Training) -> None:
    """Its probabilities are those of the estimator that was fitted, and its recipe and pin are known."""
    full = crossfit(rows, "logistic").full
    with store.open(fitted_folder, create=False) as lake:
        loaded = models.load(lake, "model")
    values = rows.rows.values
    assert np.array_equal(estimators.probabilities(loaded.estimator, values), estimators.probabilities(full, values))
    assert (loaded.ref, loaded.pin, loaded.recipe["estimator"]) == ("model@1", "rows@1", "logistic")
    assert loaded.summary["fold_of"] == crossfit(rows, "logistic").fold_of


def test_every_answer_is_scored_by_the_fold_without_its_database(fitted_folder: Path) -> None:
    """The detail of a score names the fold, which the model says is the one of the question's database."""
    with store.open(fitted_folder, create=False) as lake:
        fold_of = models.load(lake, "model").summary["fold_of"]
        found = lake.sql(
            "SELECT s.detail::VARCHAR, q.db_id FROM scores AS s JOIN candidates AS c USING (candidate)"
            " JOIN questions AS q ON q.position = c.position"
        ).fetchall()
    assert len(found) == 576
    assert all(json.loads(detail)["fold"] == fold_of[f"name {db}"] for detail, db in found)


def add_again(lake: store.Lake, name: str, run: str, *, renamed: bool, same_bytes: bool) -> None:
    """The questions and answers of the run `large` again, under a benchmark of another name."""
    db_id = "db_id || '_2'" if renamed else "db_id"
    database = "database" if same_bytes else "substr(sha256(database::VARCHAR), 1, 32)::UUID"
    candidate = f"substr(sha256('{run}' || candidate), 1, 32)::UUID"
    with lake.commit(name) as commit:
        commit.append("benchmarks", f"SELECT * REPLACE ('{name}' AS benchmark) FROM lake.benchmarks")
        commit.append(
            "databases", f"SELECT * REPLACE ('{name}' AS benchmark, {db_id} AS db_id, {database} AS database) FROM lake.databases"
        )
        commit.append(
            "questions",
            f"SELECT * REPLACE ('{name}' AS benchmark, {db_id} AS db_id, replace(question, ' ', '  ') AS question)"
            " FROM lake.questions",
        )
        commit.append("runs", f"SELECT * REPLACE ('{run}' AS run, '{name}' AS benchmark) FROM lake.runs WHERE run = 'large'")
        commit.append(
            "candidates",
            f"SELECT * REPLACE ('{run}' AS run, {candidate} AS candidate) FROM lake.candidates WHERE run = 'large'",
        )


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(("renamed", "same_bytes"), [(True, True), (False, False), (True, False)])
def test_the_same_questions_under_another_name_are_known(own_folder: Path, *, renamed: bool, same_bytes: bool) -> None:
    """By the bytes of their database, its name, or their own words: refused after training, and held out when cross-fitted."""
    with store.open(own_folder, create=False) as lake:
        add_again(lake, "again", "twin", renamed=renamed, same_bytes=same_bytes)
        fitting.fit(lake, "model", pinned(lake), estimator="logistic", runs=["twin"])
        with pytest.raises(models.LineageError, match=r"shares 7[12] questions"):
            models.require_unseen(lake, models.load(lake, "model"), ["twin"], "databases")
        held = lake.sql(HELD).fetchall()
    folds: dict[int, set[str]] = {}
    for position, _, fold in held:
        folds.setdefault(position, set()).add(fold)
    wrong = [position for position, found in folds.items() if len(found) > 1]
    # The question whose gold fails was not trained on: its words alone are not known.
    assert len(wrong) <= (1 if renamed and not same_bytes else 0)


@pytest.mark.slow
@pytest.mark.long
def test_databases_with_the_same_bytes_are_in_one_fold(own_folder: Path) -> None:
    """Also where two benchmarks call them by other names."""
    with store.open(own_folder, create=False) as lake:
        add_again(lake, "again", "twin", renamed=True, same_bytes=True)
        with lake.commit("golds") as commit:
            commit.append("golds", "SELECT * REPLACE ('again' AS benchmark) FROM lake.golds")
        label(lake, [comparator("bird")], runs=["twin"])
        pin = fitting.pin_features(
            lake, "both", ["large", "twin"], comparator="bird", gold_revision="original", gate="exec_ok", draws=0
        )
        found = training(lake, pin)
    assert len(found.databases) == 4
    assert all(found.keys[f"name {name}"] == found.keys[f"name {name}_2"] for name in ("bakery", "bike_share"))


def test_folds_are_even() -> None:
    """Every database is in one fold, and no fold holds much more than another where the databases allow it."""
    names, sizes = [f"d{number}" for number in range(20)], np.array([10 + number % 3 for number in range(20)])
    for seed in range(5):
        found = crossfitting.folds_of(names, sizes, 10, seed)
        held = [sum(int(sizes[names.index(name)]) for name in found if found[name] == fold) for fold in range(10)]
        assert sorted(found) == sorted(names)
        assert max(held) - min(held) <= 4
    assert len(set(crossfitting.folds_of(names[:3], sizes[:3], 10, 0).values())) == 3
    assert crossfitting.folds_of(names, sizes, 10, 0) != crossfitting.folds_of(names, sizes, 10, 1)


def test_calibration_by_hand() -> None:
    """Brier, log loss and expected calibration error of four answers, worked out by hand."""
    found = calibration(np.array([0.1, 0.15, 0.9, 1.0]), np.array([False, True, True, True]))
    assert found["n"] == 4
    assert found["brier"] == pytest.approx((0.01 + 0.7225 + 0.01 + 0) / 4)
    assert found["log_loss"] == pytest.approx(-(2 * math.log(0.9) + math.log(0.15) + math.log(1 - 1e-6)) / 4)
    assert found["expected_calibration_error"] == pytest.approx((2 * 0.375 + 2 * 0.05) / 4)
    bins = found["bins"]
    assert isinstance(bins, list)
    assert [(one["n"], round(one["probability"], 9), one["right"]) for one in bins] == [(2, 0.125, 0.5), (2, 0.95, 1.0)]


def test_importances_find_what_was_planted(rows: Training) -> None:
    """Of noise and one feature that knows the verdict, that one comes first, and noise does nothing."""
    names = feature_names()
    rng = np.random.default_rng(0)
    values = rng.normal(size=rows.rows.values.shape)
    planted = names.index("results")
    values[:, planted] += 4 * rows.rows.right
    values[:, names.index("columns")] = 1.0
    made = rows._replace(rows=rows.rows._replace(values=values))
    found = importances(made, crossfit(made, "logistic"), names)
    worse = {str(one["feature"]): float(str(one["log_loss"])) for one in found}
    assert found[0]["feature"] == "results"
    assert worse["results"] > 5 * max(abs(loss) for name, loss in worse.items() if name != "results")
    assert worse["columns"] == 0
    assert set(worse) == set(names)


def other_benchmark(folder: Path, *, text: bool, content: bool) -> None:
    """Add the demo benchmark under other names: with the text of its questions, the content of its databases, or neither."""
    with store.open(folder, create=False) as lake, lake.commit("another benchmark") as commit:
        for table, instead in (
            ("benchmarks", "'other' AS benchmark"),
            ("databases", "'other' AS benchmark, 'x' || db_id AS db_id" + ("" if content else ", uuid() AS database")),
            ("questions", "'other' AS benchmark, 'x' || db_id AS db_id" + ("" if text else ", 'Is it ' || question AS question")),
        ):
            commit.append(table, f"SELECT * REPLACE ({instead}) FROM lake.{table}")
        commit.append("runs", "SELECT * REPLACE ('new' AS run, 'other' AS benchmark) FROM lake.runs WHERE run = 'small'")
        commit.append(
            "candidates", "SELECT * REPLACE ('new' AS run, uuid() AS candidate) FROM lake.candidates WHERE run = 'small'"
        )


@pytest.mark.parametrize(("text", "content"), [(True, False), (False, True), (False, False)])
def test_the_guard(fitted_folder: Path, tmp_path: Path, *, text: bool, content: bool) -> None:
    """A question is known by its text, a database by its content under another name; what is new in both is not held back."""
    folder = Path(shutil.copytree(fitted_folder, tmp_path / "lake"))
    other_benchmark(folder, text=text, content=content)
    with store.open(folder, create=False) as lake:
        model = models.load(lake, "model")
        shared = models.lineage(lake, model.pin, ["new"])
        if not (text or content):
            assert shared == models.require_unseen(lake, model, ["new"], "nothing") == []
            return
        assert {one.match for one in shared} == {"question" if text else "database"}
        assert len(shared) == (71 if text else 72)  # the gold of one question fails, so it was not trained on
        with pytest.raises(models.LineageError, match="new"):
            models.require_unseen(lake, model, ["new"], "nothing")
        if text:
            with pytest.raises(models.LineageError, match="71 questions"):
                models.require_unseen(lake, model, ["new"], "databases")
        allowed = "questions" if text else "databases"
        assert models.require_unseen(lake, model, ["new"], allowed) == shared


def test_the_guard_knows_a_database_by_its_name(fitted_folder: Path) -> None:
    """Of another run on the same benchmark, the one question that was not trained on is held back for its database."""
    with store.open(fitted_folder, create=False) as lake:
        shared = models.lineage(lake, "rows@1", ["small"])
    assert [one.match for one in shared].count("question") == 71
    assert [one.match for one in shared].count("database") == 1


def test_what_cannot_be_fitted_on(own_folder: Path, rows: Training) -> None:
    """A pin of another kind, one database only, and answers that are all right or all wrong are refused, with what to do."""
    with store.open(own_folder, create=False) as lake:
        other = convert(
            {"kind": "selector_pointwise", "name": "other", "runs": ["large"], "split": {"fractions": {"train": 1.0}}}
        )
        with pytest.raises(SelectionError, match="of the kind selector_pointwise") as raised:
            training(lake, pin_recipe(lake, other).pin.ref)
        assert "selector_features" in raised.value.hint
    alone = rows._replace(databases=rows.databases[:1], rows=rows.rows._replace(group=np.zeros_like(rows.rows.group)))
    with pytest.raises(SelectionError, match="one database"):
        crossfit(alone, "logistic")
    for verdict, word in (("correct", "right"), ("wrong", "wrong")):
        write(own_folder, f"UPDATE writer.labels SET verdict = '{verdict}' WHERE verdict <> 'unknown'")
        with store.open(own_folder, create=False) as lake, pytest.raises(SelectionError, match=f"all {word}"):
            training(lake, pinned(lake, f"all_{word}"))
