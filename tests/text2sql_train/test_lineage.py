"""A model is not judged on what it learnt: by its pin's splits, by its benchmarks, and by the pins of the models before it."""

import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import store
from store import pins
from text2sql_data.datasets import reading as dataset_reading
from text2sql_data.datasets.pinning import pin_recipe
from text2sql_train import lineage, reading, training
from text2sql_train.lineage import TrainingLeakError
from text2sql_train.reading import TrainingRecipeError


@pytest.fixture(scope="module")
def pinned(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo lake with pins that hold out different databases."""
    folder = Path(shutil.copytree(demo_folder, tmp_path_factory.mktemp("lineage") / "lake"))
    by_database = {"fractions": {"train": 1.0}, "assign": {"validation": ["bakery"]}}
    splits: dict[str, dict[str, Any]] = {
        "bakery_held": by_database,
        "library_held": {"fractions": {"train": 1.0}, "assign": {"validation": ["city_library"]}},
        "question_held": {"by": "question", "fractions": {"train": 0.8, "validation": 0.2}},
        "nothing_held": {"fractions": {"train": 1.0}},
    }
    with store.open(folder) as lake:
        for name, split in splits.items():
            pin_recipe(lake, dataset_reading.convert({"name": name, "kind": "sft", "runs": ["small"], "split": split}))
    return folder


@pytest.fixture
def lake(pinned: Path) -> Iterator[store.Lake]:
    """That lake, open; nothing is written to it."""
    with store.open(pinned, create=False) as opened:
        yield opened


def recipe(pin: str, **fields: object) -> Any:  # noqa: ANN401 - of any trainer
    """A recipe."""
    return reading.convert({"name": "tried", "trainer": "sft", "pin": pin, "base": "nowhere", **fields})


def matches(lake: store.Lake, pin: str, earlier: list[str], **fields: object) -> set[tuple[str, str]]:
    """In which ways a training shares what with whom."""
    found = pins.find(lake, pin)
    told = recipe(pin, **fields)
    shared = lineage.look(lake, found, earlier, against=told.against, by=told.overlap_by)
    if shared:
        with pytest.raises(TrainingLeakError) as caught:
            lineage.require_apart(lake, told, found, earlier)
        assert caught.value.shared == shared
        assert "split.seed" in caught.value.hint
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own
    return {(one.match, one.judged_on) for one in shared}


@pytest.mark.parametrize("pin", ["bakery_held@1", "question_held@1", "nothing_held@1"])
def test_the_splits_of_a_pin_are_apart(lake: store.Lake, pin: str) -> None:
    """As the builder proved; by question a database may be on both sides."""
    assert matches(lake, pin, []) == set()


def test_a_benchmark_that_it_will_be_judged_on_is_refused(lake: store.Lake) -> None:
    """In all four ways, and in those only that the recipe looks at."""
    everything = {("question", "demo"), ("text", "demo"), ("database", "demo"), ("content", "demo")}
    assert matches(lake, "bakery_held@1", [], against=["demo"]) == everything
    assert matches(lake, "bakery_held@1", [], against=["demo"], overlap_by=["text"]) == {("text", "demo")}


def test_an_unknown_benchmark_is_an_error(lake: store.Lake) -> None:
    """It is not silently apart from everything."""
    with pytest.raises(store.StoreError, match="There is no benchmark bird_dev"):
        matches(lake, "bakery_held@1", [], against=["bird_dev"])


def test_the_models_before_it_count(lake: store.Lake) -> None:
    """What an earlier model learnt may not be what this one is evaluated on, even if their own splits are apart."""
    held = "bakery_held@1, split validation"
    shared = matches(lake, "bakery_held@1", ["library_held@1"])
    assert {("prompt", held), ("question", held), ("database", held), ("content", held)} <= shared
    assert matches(lake, "library_held@1", ["library_held@1"]) == set()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pin": "nothing_held@1"}, "has no split validation, and rows of train are not evaluated instead"),
        ({"pin": "bakery_held@1", "trainer": "dpo"}, "dpo does not take bakery_held@1, which is of the kind sft"),
    ],
)
def test_a_pin_that_does_not_fit_is_refused(lake: store.Lake, fields: dict[str, Any], message: str) -> None:
    """Before the base model is looked for."""
    with pytest.raises(TrainingRecipeError, match=message):
        training.plan(lake, reading.convert({"name": "tried", "trainer": "sft", "base": "nowhere", **fields}))


def test_a_base_that_is_not_there_is_an_error(lake: store.Lake) -> None:
    """The hint says what can be named."""
    with pytest.raises(store.StoreError, match=r"There is no folder \./nowhere") as caught:
        training.plan(lake, recipe("nothing_held@1", evaluate=False, base="./nowhere"))
    assert "name of the hub" in caught.value.hint
