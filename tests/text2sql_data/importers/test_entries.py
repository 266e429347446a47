"""Reading files entry by entry: encodings, broken JSON, depth, and what the error says."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import store
from store import StoreError
from store.ids import file_sha256
from text2sql_data.importers import importing, jsonl
from text2sql_data.importers.entries import Entry, Reader, json_entries, json_object
from text2sql_data.importers.importing import Imported

Import = Callable[..., Imported]
RECORD = '{"question_id": 11, "sql": "SELECT \'\u00e9\'"}'
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


def read(split: Callable[[Reader, Path], object], content: bytes, folder: Path) -> list[Entry]:
    """The entries of a content."""
    path = folder / "file"
    path.write_bytes(content)
    return list(split(Reader(BytesIO(content)), path))  # type: ignore[call-overload, no-any-return]


@given(values=st.lists(VALUES, max_size=6))
def test_list_comes_back(values: list[object], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The entries of a JSON list are its items, numbered from 1, whatever they hold."""
    found = read(json_entries, json.dumps(values).encode(), tmp_path_factory.getbasetemp())
    assert [(entry.place, entry.key) for entry in found] == [(n, None) for n in range(1, len(values) + 1)]
    assert [entry.content for entry in found] == values


@given(values=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=6))
def test_object_comes_back(values: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The entries of a JSON object are its items with their keys, dots and empty names included."""
    found = read(json_object, json.dumps(values).encode(), tmp_path_factory.getbasetemp())
    assert [(entry.key, entry.content) for entry in found] == list(values.items())


@pytest.mark.parametrize("content", [RECORD, f"[{RECORD}]", f"\n \n{RECORD}\n\n", f" \n[\n{RECORD}\n]\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_marks_and_line_ends(small: store.Lake, import_one: Import, content: str, mark: bytes, end: bytes) -> None:
    """A byte order mark, CRLF and blank lines change nothing, in lines and in a list."""
    import_one(small, "jsonl", mark + content.encode().replace(b"\n", end))
    assert small.sql("SELECT position, sql FROM candidates").fetchall() == [(1, "SELECT '\u00e9'")]


@pytest.mark.parametrize(("format_name", "content"), [("bird", '{"0": "a", "3": "d"}'), ("spider", "a\nb\nc\nd\n")])
def test_marks_in_the_other_forms(small: store.Lake, import_one: Import, format_name: str, content: str) -> None:
    """So too in a JSON object and in SQL lines."""
    import_one(small, format_name, b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode())
    found = dict(small.sql("SELECT position, sql FROM candidates").fetchall())
    assert (found[0], found[3]) == ("a", "d")


def test_digest_is_that_of_the_file(small: store.Lake, import_one: Import, tmp_path: Path) -> None:
    """The recorded sha256 is that of every byte, the mark and the blank end included."""
    import_one(small, "jsonl", b"\xef\xbb\xbf" + RECORD.encode() + b"\r\n\r\n")
    ((sources,),) = small.sql("SELECT sources FROM runs").fetchall()
    assert json.loads(sources) == [
        {
            "path": str(tmp_path / "answers"),
            "sha256": file_sha256(tmp_path / "answers"),
            "bytes": (tmp_path / "answers").stat().st_size,
        }
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"[{RECORD}, {RECORD[:9]}", "after entry 1: not JSON: parse error: premature EOF"),
        (f"[{RECORD}] x", "after entry 1: not JSON: lexical error|after entry 1: not JSON: parse error"),
        (f"[{RECORD},]", "after entry 1: not JSON"),
        ("[" + "[" * 100_000 + "]" * 100_001, "after entry 0: not JSON: nested more than 500 deep"),
        ('[{"sql": ' + "[" * 100_000 + "]" * 100_000 + "}]", "after entry 0: not JSON: nested more than 500 deep"),
        ("[" * 100_000, "after entry 0: not JSON: nested more than 500 deep"),
        ("[1" + "9" * 10_000 + "]", "after entry 0: not JSON: parse error: integer overflow"),
        ("[NaN]", "after entry 0: not JSON"),
    ],
)
def test_broken_list(small: store.Lake, import_one: Import, content: str, reason: str) -> None:
    """A list that cannot be parsed stops the import, put aside or not: what comes after the break cannot be known."""
    before = small.version
    for quarantine in (False, True):
        with pytest.raises(StoreError, match=reason):
            import_one(small, "jsonl", content, quarantine=quarantine)
    assert small.version == before


def test_break_far_into_a_list(tmp_path: Path) -> None:
    """The error counts the entries that could be read, also when the break is megabytes into the file."""
    content = ("[" + ", ".join([RECORD] * 20_000) + ", oops]").encode()
    with pytest.raises(StoreError, match="after entry 20000: not JSON: lexical error"):
        read(json_entries, content, tmp_path)


def test_broken_bytes_in_a_list(small: store.Lake, import_one: Import) -> None:
    """Bytes that are not UTF-8 are said to be that, without the bytes themselves in the message."""
    with pytest.raises(StoreError, match=r"not JSON: lexical error: invalid bytes in UTF8 string\.$"):
        import_one(small, "jsonl", b'[{"question_id": 11, "sql": "\xff"}]')


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"question_id": 11, "sql": ' + "[" * 100_000 + "]" * 100_000 + "}", "maximum recursion depth"),
        ('{"question_id": ' + "9" * 10_000 + ', "sql": "x"}', "out of range"),
        ("3", "Expected `object`, got `int`"),
        (RECORD.encode("utf-16"), "malformed"),
        (RECORD.encode("latin-1"), "utf-8"),
        (RECORD[:-3], "truncated"),
        ('{"question_id": 11, "sql": "\\ud800"}', "truncated"),
    ],
)
def test_broken_line(small: store.Lake, import_one: Import, content: str | bytes, reason: str) -> None:
    """A line that is not a record is an error of that line, and can be put aside."""
    with pytest.raises(StoreError, match=f"line 1: .*{reason}"):
        import_one(small, "jsonl", content)
    assert import_one(small, "jsonl", content, quarantine=True).rejects == 1


@pytest.mark.parametrize("batch", [1, 2, 50])
def test_what_is_put_aside_in_batches(small: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    """Of two files, with answers between: each bad line with the digest of its own file, and each answer."""
    monkeypatch.setattr(importing, "_BATCH", batch)
    paths = tmp_path / "one", tmp_path / "two"
    for path in paths:
        lines = [
            f'{{"question_id": {10 + n // 3}, "sql": "SELECT {n}"}}' if n % 3 == 0 else f"{path.name} {n}" for n in range(12)
        ]
        path.write_text("\n".join(lines))
    (done,) = importing.import_runs(
        small, jsonl.FORMAT, [importing.Source("run", "run", paths)], benchmark="small", quarantine=True
    )
    assert done.rejects == 16
    found = small.sql("SELECT path, line, raw, sha256 FROM rejects ORDER BY ALL").fetchall()
    expected = [(str(path), n + 1, f"{path.name} {n}", file_sha256(path)) for path in paths for n in range(12) if n % 3]
    assert found == sorted(expected)
    assert small.sql("SELECT position, list(sql ORDER BY sample) FROM candidates GROUP BY ALL ORDER BY ALL").fetchall() == [
        (position, [f"SELECT {3 * position}"] * 2) for position in range(4)
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_wrong_encoding_of_sql_lines(small: store.Lake, import_one: Import, encoding: str) -> None:
    """SQL lines in another encoding are refused, not stored as something else."""
    before = small.version
    with pytest.raises(StoreError, match=r"not UTF-8|the benchmark has 4 questions"):
        import_one(small, "spider", "\u00e0\nb\nc\nd\n".encode(encoding))
    assert small.version == before


@pytest.mark.parametrize("key", ["x", "-1", "1.0", "\u0663", "", "9" * 5_000, "4"])
def test_bird_keys(small: store.Lake, import_one: Import, key: str) -> None:
    """A key must be the position of a question, however long or odd it is."""
    with pytest.raises(StoreError, match=r"entry 1: (key .* is not the position of a question|position 4: the benchmark has 4)"):
        import_one(small, "bird", json.dumps({key: "SELECT 1"}))
