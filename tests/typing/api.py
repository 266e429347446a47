"""The public interface of `store` as a user writes it: never run, only checked by `mypy --strict`."""

from pathlib import Path
from typing import assert_type

import duckdb
import polars as pl

import store
from store import Commit, Difference, Lake, LakeNotFoundError, Pin, Problem, StoreError
from store.maintenance import Compacted, Expired
from store.pins import find


def read(path: Path) -> pl.DataFrame:
    """Open, ask, look back."""
    with store.open(path, create=False, memory_limit="1GB") as lake:
        assert_type(lake, Lake)
        assert_type(lake.version, int)
        assert_type(lake.sql("FROM runs WHERE run = $run AND k = $k", run="a", k=8), duckdb.DuckDBPyRelation)
        assert_type(lake.counts(), dict[str, int])
        assert_type(lake.check(), list[Problem])
        assert_type(lake.diff(1, 2), list[Difference])
        assert_type(lake.log(), duckdb.DuckDBPyRelation)
        with lake.at(3) as past:
            assert_type(past, Lake)
            return past.sql("FROM verdicts").pl()


def write(lake: Lake, frame: pl.DataFrame) -> int | None:
    """Append rows in each of their forms."""
    with lake.commit("a message", command="t2s import", arguments=["x"]) as commit:
        assert_type(commit, Commit)
        assert_type(commit.append("prompts", [{"prompt": "…", "text": "x"}]), int)
        commit.append("prompts", frame)
        commit.append("prompts", frame.to_arrow())
        commit.append("prompts", lake.sql("FROM prompts"))
        commit.append("prompts", "FROM prompts")
        assert_type(commit.stage("batch", frame), int)
    assert_type(commit.added, dict[str, int])
    return commit.snapshot


def tidy(lake: Lake) -> None:
    """Pins, and what keeps a lake small without breaking one."""
    assert_type(find(lake, "selector@1"), Pin)
    assert_type(lake.compact(), Compacted)
    assert_type(lake.expire(keep=10), Expired)
    store.load("selector@1", lake)


def mistakes(lake: Lake) -> None:
    """What a type checker must refuse; an ignore that is not needed is an error."""
    lake.sql("SELECT $x", x=object())  # type: ignore[arg-type]
    lake.commit()  # type: ignore[call-arg]
    lake.at("latest")  # type: ignore[arg-type]
    store.opne()  # type: ignore[attr-defined]
    with lake.commit("m") as commit:
        commit.append(table=1, rows=[])  # type: ignore[arg-type]


def errors() -> str:
    """Every error is a StoreError with a hint, and the builtin that it is."""
    try:
        store.open("nowhere", create=False)
    except LakeNotFoundError as error:
        assert_type(error.hint, str)
    except StoreError as error:
        return error.message
    except FileNotFoundError:
        return "a LakeNotFoundError is one"
    return ""
