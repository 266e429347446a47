"""Reading entries: lists and lines give the same, and an error names the file and the place in it."""

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from text2sql_data.benchmarks.entries import entries

OBJECTS = st.lists(st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.none(), max_size=4), max_size=6)


@settings(deadline=None)
@given(objects=OBJECTS, indent=st.none() | st.integers(0, 2), bom=st.booleans())
def test_list_and_lines_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, str]], indent: int | None, *, bom: bool
) -> None:
    """What was written as a list or as lines, with or without a byte order mark, comes back in order."""
    folder = tmp_path_factory.getbasetemp()
    mark = codecs.BOM_UTF8 if bom else b""
    (folder / "list.json").write_bytes(mark + json.dumps(objects, indent=indent).encode())
    (folder / "lines.jsonl").write_bytes(mark + b"".join(json.dumps(one).encode() + b"\n\n" for one in objects))
    assert [entry.value for entry in entries(folder / "list.json")] == objects
    if objects:
        assert [entry.value for entry in entries(folder / "lines.jsonl")] == objects


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b'[{"a": 1},\n {"a": 2', r"line 2, column \d+: not JSON .*ends in the middle"),
        (b'[{"a": 1},\n {"a": "cut', r"line 2, column 8: not JSON .*ends in the middle"),
        (b'{"a": 1}\n{"a": 2,}\n', "line 2, column"),
        (b'{"a": 1}\n[2]\n', "line 2: expected an object, found a list"),
        (b'[{"a": 1}, "b"]', "entry 2: expected an object, found a string"),
        (b"12", "holds a number"),
        (b'{\n  "data": []\n}', "line 1, column"),
        ('[{"a":\n "żółw"}]'.encode("cp1250"), "line 2: byte 0xbf is not UTF-8"),
        ('[{"a": 1}]'.encode("utf-16"), "line 1: byte 0xff is not UTF-8"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "line 2: byte 0xff is not UTF-8"),
        (b"[" * 100_000, "not JSON that can be read"),
        (b"[" + b"9" * 5000 + b"]", "not JSON that can be read"),
    ],
)
def test_broken_files(tmp_path: Path, content: bytes, words: str) -> None:
    """Each kind of broken file has an error of its own, with the line or the number of the entry."""
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=words) as caught:
        list(entries(path))
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a plain error."""
    with pytest.raises(StoreError, match="cannot be read"):
        list(entries(tmp_path / "absent.json"))
