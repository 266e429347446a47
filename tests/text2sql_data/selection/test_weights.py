"""Weights of fitted selectors: what was packed comes back, and what is no estimator is refused before any of it runs."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import StoreError
from text2sql_data.selection.fitting import weights
from text2sql_data.selection.fitting.estimators import Fitted, Rows, fit_calibrator, fit_rankers, log_odds, probabilities
from text2sql_data.selection.fitting.weights import pack, unpack

skops_io = pytest.importorskip("skops.io")


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Examples of which one feature tells something."""
    random = np.random.default_rng(0)
    values = random.normal(size=(300, 4))
    values[random.random(values.shape) < 0.1] = np.nan
    right = np.nan_to_num(values[:, 0]) + random.normal(size=300) > 0
    return Rows(values, right, np.ones(300, bool), np.ones(300), np.zeros(300, np.int64), np.zeros(300, bool))


def fitted(name: str, rows: Rows) -> Fitted:
    """An estimator."""
    rankers = fit_rankers(name, rows, 1)
    return Fitted(rankers, fit_calibrator(log_odds(rankers, rows.values), rows.right))


@pytest.mark.parametrize("name", ["logistic", pytest.param("blend", marks=pytest.mark.slow)])
def test_an_estimator_comes_back(name: str, rows: Rows) -> None:
    """Every kind of estimator gives the same probabilities after it was packed, though only listed types are loaded."""
    estimator = fitted(name, rows)
    again = unpack(pack(estimator), "own@1")
    assert np.array_equal(probabilities(again, rows.values), probabilities(estimator, rows.values))


class Runs:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        """What is called."""
        return Path.touch, (self.path,)


def writes_when_it_predicts(path: Path, rows: Rows) -> Fitted:
    """An estimator of scikit-learn's own parts that writes a file of somebody's choice when it is asked."""
    from sklearn.datasets import dump_svmlight_file
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    last = LogisticRegression().fit(np.nan_to_num(rows.values), rows.right)
    first = FunctionTransformer(dump_svmlight_file, kw_args={"y": rows.right.astype(int), "f": str(path)})
    estimator = fitted("logistic", rows)
    return estimator._replace(rankers={"logistic": make_pipeline(first, last)})


def calls(module: str, name: str, loader: str) -> bytes:
    """An archive whose schema names something to be called."""
    node = {"__class__": name, "__module__": module, "__loader__": loader, "content": [], "key_types": None}
    schema = {
        "__class__": "dict",
        "__module__": "builtins",
        "__loader__": "DictNode",
        "protocol": 0,
        "_skops_version": "0.16.0",
        "content": {"rankers": node},
        "key_types": {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []},
    }
    return archive({"schema.json": json.dumps(schema).encode()})


def archive(members: dict[str, bytes]) -> bytes:
    """A compressed archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def test_parts_of_scikit_learn_that_write(rows: Rows, tmp_path: Path) -> None:
    """A function of scikit-learn is no estimator: the archive is refused, and the file is not written."""
    target = tmp_path / "written"
    packed = pack(writes_when_it_predicts(target, rows))
    with pytest.raises(StoreError, match=r"hold sklearn\.datasets\._svmlight_format_io\.dump_svmlight_file, which is not loaded"):
        unpack(packed, "hostile@1")
    assert not target.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("builtins", "eval"), ("sklearn.datasets._lfw", "remove"), ("subprocess", "Popen"), ("pathlib", "Path")],
)
@pytest.mark.parametrize("loader", ["ListNode", "FunctionNode", "TypeNode", "ObjectNode", "SetNode", "MethodNode", "PartialNode"])
def test_functions_and_types(module: str, name: str, loader: str) -> None:
    """Nothing that is not in the list is called or looked up, whatever it is said to be."""
    with pytest.raises(StoreError, match=r"which is not loaded|cannot be loaded"):
        unpack(calls(module, name, loader), "hostile@1")


def test_a_pickle(tmp_path: Path) -> None:
    """A pickle, alone or as a member, is never opened."""
    target = tmp_path / "written"
    pickled = pickle.dumps(Runs(target))
    node: dict[str, Any] = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy"}
    schema = {**node, "file": "a.npy", "protocol": 0, "_skops_version": "0.16.0"}
    array = io.BytesIO()
    np.save(array, np.array([Runs(target)], dtype=object), allow_pickle=True)
    for content in (pickled, archive({"schema.json": json.dumps(schema).encode(), "a.npy": array.getvalue()})):
        with pytest.raises(StoreError, match="cannot be loaded"):
            unpack(content, "hostile@1")
    assert not target.exists()


def test_an_archive_that_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be much larger unpacked than any estimator is refused before it is unpacked."""
    monkeypatch.setattr(weights, "_MOST_BYTES", 1_000_000)
    packed = archive({"schema.json": b" " * 2_000_000})
    assert len(packed) < 10_000
    with pytest.raises(StoreError, match="2,000,000 bytes when they are unpacked"):
        unpack(packed, "hostile@1")


@given(st.one_of(st.binary(max_size=200), st.recursive(st.none(), lambda x: st.lists(x, max_size=2)).map(json.dumps)))
def test_anything_else(content: bytes | str) -> None:
    """Bytes that are no archive, and schemas that are none, are an error that says what to do."""
    packed = content if isinstance(content, bytes) else archive({"schema.json": content.encode()})
    with pytest.raises(StoreError, match="cannot be loaded") as caught:
        unpack(packed, "hostile@1")
    assert caught.value.hint
