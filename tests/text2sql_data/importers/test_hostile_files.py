"""Files made to harm: an import takes what is valid, puts the rest aside or refuses the file; it never does anything else.

Records that every format takes are damaged where a format would look: values of any kind and size, keys given twice, text that
is none, other encodings, files that end too soon. Whatever comes of it, the lake is as it was or has the whole run.
"""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store import StoreError
from text2sql_data import importers
from text2sql_data.importers import entries
from text2sql_data.importers.importing import Imported, Source, import_runs

Import = Callable[..., Imported]
FORMATS = {known.name: known for known in importers.FORMATS}

SAID: dict[str, Any] = {"validator": "select", "text": "Conclude: correct", "ordinal": 0, "prompt": "p", "logprob": -0.5}
DRAWN: dict[str, Any] = {"sampling": {"t": 1}, "logprob": -1.5, "tokens": 7, "finish": "stop", "saw_gold": False}
ATTEMPT: dict[str, Any] = {
    "sql": "SELECT 1", "turn": 1, "ok": True, "correct": False, "raw_text": "so: SELECT 1", "error": "e", "elapsed_ms": 1.5,
    "reward": 0.5, "sample": 0, "stage": "s", "parent": None, "prompt": "p", "critiques": [SAID], "generation": DRAWN, "step": 0,
}  # fmt: skip
TRAJECTORY: dict[str, Any] = {
    "planner_sql": "SELECT 1", "planner_output": "o", "prompt_planner": "p", "planner_exec_ok": True, "is_planner_correct": True,
    "is_fixed_correct": False, "fb_select": "Conclude: correct", "fixed_sql": "SELECT 2", "fixed_exec_ok": True,
    "fixer_called": True, "critiques": [SAID | {"ordinal": 1}], "planner_generation": DRAWN,
    "more_fixes": [{"number": 2, "fixed_sql": "SELECT 3"}],
}  # fmt: skip
RECORDS: dict[str, dict[str, Any]] = {
    "jsonl": {"question_id": 10, "db_id": "d", "sql": "SELECT 1", "sample": 0, "prompt": "p", "completion": "c", "correct": True},
    "k-lists": {"pred_sqls": ["SELECT 1", None], "responses": ["a", "b"], "input_seq": "p"},
    "mats": {"question_id": 10, "db_id": "d", "question": "How many?", "prompt_planner": "p", "trajectories": [TRAJECTORY, None]},
    "trajectories": {"question": "How many?", "db_id": "d", "position": 0, "prompt": "p", "candidates": [ATTEMPT]},
    "grpo": {
        "question": "How many?", "db_id": "d", "position": 0, "prompt": "p",
        "completions": [{"response": "SQL: SELECT 1", "reward": 1.0, "meta": {**ATTEMPT, "raw_text": None}}],
    },
    "critiques": {"question": "How many?", "db_id": "d", "predicted": "SELECT 1", "critique": "Conclude: correct", "prompt": "p"},
    "bird": {"0": "SELECT 1\t----- bird -----\td", "1": "SELECT 2"},
}  # fmt: skip


class Raw(NamedTuple):
    """A JSON text that stands for a value that Python's json would not write."""

    text: str


HUGE = ("9" * 400, "-" + "9" * 400, "1e999", "-1e999", "1e-999", "NaN", "Infinity", "-0", "1" + "0" * 30 + ".0", str(2**63))
TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\0",
        "a\0b",
        "\x1b[2J\x07",
        "\u2028\u202e",
        "\ufeff",
        "\U0010ffff",
        "x" * 3_000,
        "SELECT 1;" * 50,
        "<select>x</select>",
    ]
)
WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([-1, 0, 1, 2, 3, 4, 32_767, 32_768, 2**31 - 1, 2**31, 10_000, 10_001]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(HUGE).map(Raw),
    st.sampled_from(['"\\ud800"', '"\\x41"', '"\\udc00\\ud800"', '"\\u0000"', '"a\nb"', "[" * 600 + "]" * 600, "{}" * 2]).map(
        Raw
    ),
    TEXTS,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.just([]),
    st.just({}),
    st.lists(st.none() | st.integers(0, 3) | TEXTS, max_size=3),
)


def places(value: object, at: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The ways to every value in a record, the record's own too."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*at, key))


def put(record: Any, at: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401 - any JSON
    """The record with another value in a place, where the place is still there."""
    if not at:
        return value
    inner = record
    for key in at[:-1]:
        if not _has(inner, key):
            return record
        inner = inner[key]
    if _has(inner, at[-1]):
        inner[at[-1]] = value
    return record


def _has(value: object, key: object) -> bool:
    return (isinstance(value, dict) and key in value) or (isinstance(value, list) and key in range(len(value)))


def written(value: object) -> str:
    """A value as JSON, with what stands for itself written as it is."""
    marks: list[str] = []

    def mark(inner: object) -> object:
        if isinstance(inner, Raw):
            marks.append(inner.text)
            return f"\ue000{len(marks) - 1}\ue000"
        if isinstance(inner, dict):
            return {key: mark(item) for key, item in inner.items()}
        return [mark(item) for item in inner] if isinstance(inner, list) else inner

    text = json.dumps(mark(value), ensure_ascii=False)
    return re.sub('"\ue000(\\d+)\ue000"', lambda found: marks[int(found[1])], text)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """The name of a format and a file for it, damaged in one way or several."""
    name = draw(st.sampled_from(sorted(FORMATS)))
    if name == "spider":
        texts = draw(st.lists(TEXTS | st.text(max_size=9), min_size=3, max_size=6))
        content = "\n".join(texts).encode("utf-8", "surrogatepass")
    else:
        found = []
        for _ in range(draw(st.integers(1, 4))):
            record = copy.deepcopy(RECORDS[name])
            for at in draw(st.lists(st.sampled_from(list(places(record))), max_size=3)):
                record = put(record, at, draw(WRONG))
            text = written(record)
            if text.startswith("{") and draw(st.integers(0, 5)) == 0:  # keys given twice, the record in itself
                text = text[:-1] + (", " if text != "{}" else "") + written({"sql": "again", "question": draw(WRONG)})[1:]
            found.append(text)
        if name == "bird":
            text = found[0]
        else:
            text = (
                draw(st.sampled_from(["{}", "[{}]", "\ufeff{}", " \n{}\n\n"]))
                .format("\ue001")
                .replace("\ue001", ", ".join(found) if draw(st.booleans()) else "\n".join(found))
            )
        content = text.encode("utf-8", "surrogatepass")
    return name, draw(damages(content))


@st.composite
def damages(draw: st.DrawFn, content: bytes) -> bytes:
    """A file as it is, in another encoding, cut off, or with other bytes somewhere."""
    how = draw(st.sampled_from(["no", "no", "no", "encoding", "cut", "bytes", "twice"]))
    if how == "encoding":
        encoding = draw(st.sampled_from(["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7", "cp037"]))
        return content.decode("utf-8", "replace").encode(encoding, "replace")
    if how == "cut":
        return content[: draw(st.integers(0, len(content)))]
    if how == "bytes":
        at = draw(st.integers(0, len(content)))
        return (
            content[:at]
            + draw(st.sampled_from([b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\n", b"\r", b'"']))
            + content[at:]
        )
    return content * 2 if how == "twice" else content


def counts(lake: store.Lake) -> tuple[int, ...]:
    """Rows of the tables that an import writes to: runs, rejects, candidates, critiques, labels."""
    tables = ("runs", "rejects", "candidates", "critiques", "labels")
    (row,) = lake.sql("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)).fetchall()
    return tuple(row)


def check(lake: store.Lake, folder: Path, name: str, content: bytes, *, quarantine: bool) -> None:
    """Import a file: all of it is there, or nothing, with an error that says what to do."""
    path = folder / "hostile"
    path.write_bytes(content)
    before, version = counts(lake), lake.version
    source = Source(f"r{version}", "s", (path,))
    done = None
    refused: StoreError | None = None
    try:
        (done,) = import_runs(lake, FORMATS[name], [source], benchmark="small", quarantine=quarantine)
    except StoreError as error:
        refused = error
    after = counts(lake)
    if refused is not None:
        assert str(refused)
        assert refused.hint
        assert (after, lake.version) == (before, version)
    if done is not None:
        assert lake.version == version + 1
        runs, rejects, candidates = (new - old for new, old in zip(after[:3], before[:3], strict=True))
        assert runs == 1
        assert rejects <= done.rejects  # the same line of the same content may be there already, from another example
        assert done.rejects == 0 or quarantine
        assert candidates == done.added["candidates"] >= done.answers
        empty = lake.sql("SELECT count(*) FROM rejects WHERE reason IS NULL OR reason = '' OR raw IS NULL").fetchone()
        assert empty == (0,)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files(), quarantine=st.booleans())
def test_any_file(small: store.Lake, tmp_path: Path, file: tuple[str, bytes], quarantine: bool) -> None:
    """A damaged file of any format is imported whole, in part with the rest put aside, or refused with a hint."""
    check(small, tmp_path, *file, quarantine=quarantine)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(file=files(), quarantine=st.booleans())
def test_many_files(small: store.Lake, tmp_path: Path, file: tuple[str, bytes], quarantine: bool) -> None:
    """So are many."""
    check(small, tmp_path, *file, quarantine=quarantine)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_the_records_are_valid(small: store.Lake, tmp_path: Path, name: str) -> None:
    """What is damaged above is taken by its format as long as it is not."""
    path = tmp_path / "valid"
    repeated = 4 if name == "k-lists" else 1
    path.write_text("\n".join([json.dumps(RECORDS[name])] * repeated))
    (done,) = import_runs(small, FORMATS[name], [Source("r", "s", (path,))], benchmark="small")
    assert done.answers == (2 if name == "bird" else repeated)


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("name", sorted(set(RECORDS) - {"bird"}))
def test_ten_thousand_levels(small: store.Lake, import_one: Import, name: str, *, as_list: bool) -> None:
    """Nesting of 10,000 levels, in a field that is not read, is an error of the entry or of the file."""
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        deep = f"{opened * 10_000}1{closed * 10_000}"
        text = json.dumps(RECORDS[name])[:-1] + f', "other": {deep}}}'
        before = small.version
        with pytest.raises(StoreError, match=r"recursion|nested"):
            import_one(small, name, f"[{text}]" if as_list else text)
        assert small.version == before


@pytest.mark.slow
def test_every_place_to_cut(small: store.Lake, tmp_path: Path) -> None:
    """A file that ends too soon, wherever that is, is refused or has only whole entries."""
    content = json.dumps([RECORDS["trajectories"] | {"question": "Who  is it?", "db_id": "e", "position": 3}]).encode()
    for end in range(0, len(content), 23):
        check(small, tmp_path, "trajectories", content[:end], quarantine=bool(end % 2))
    assert counts(small)[0] == 0


@pytest.mark.parametrize("content", [b"[", b'{"question_id": 10, "sql": "'])
def test_a_line_without_an_end(small: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """An entry that is larger than any answer is refused while it is read, so that memory stays bounded."""
    monkeypatch.setattr(entries, "LONGEST", 1_000_000)
    path = tmp_path / "endless"
    path.write_bytes(content + (b'"' if content == b"[" else b"") + b"x" * 3_000_000)
    for quarantine in (False, True):
        with pytest.raises(StoreError, match="more than 1,000,000 bytes"):
            import_runs(small, FORMATS["jsonl"], [Source("r", "s", (path,))], benchmark="small", quarantine=quarantine)


@pytest.mark.slow
@pytest.mark.parametrize(("cells", "limit"), [(30, "8GB"), (90, "600MB")])
def test_memory_of_large_cells(small: store.Lake, tmp_path: Path, cells: int, limit: str) -> None:
    """Answers of 10 MB each are imported as they were, or are too much for the limit on memory, which the error says."""
    path = tmp_path / "large"
    with path.open("w") as file:
        for sample in range(cells):
            record = {"question_id": 10, "sample": sample, "sql": f"SELECT {sample}", "completion": f"{sample:03}" * 3_400_000}
            file.write(json.dumps(record) + "\n")
    folder = small.folder
    small.close()
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import store\n"
        "from text2sql_data import importers\n"
        "from text2sql_data.importers.importing import Source, import_runs\n"
        "format = next(known for known in importers.FORMATS if known.name == 'jsonl')\n"
        "try:\n"
        "    with store.open(sys.argv[1], memory_limit=sys.argv[3]) as lake:\n"
        "        import_runs(lake, format, [Source('r', 's', (Path(sys.argv[2]),))], benchmark='small')\n"
        "except store.StoreError as error:\n"
        "    print('memory' in error.hint)\n"
        "status = Path('/proc/self/status').read_text().splitlines()\n"
        "print(next(line.split()[1] for line in status if line.startswith('VmHWM')))\n"
    )
    arguments = [sys.executable, "-c", script, str(folder), str(path), limit]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
    with store.open(folder) as lake:
        found = lake.sql("SELECT count(*), coalesce(sum(length(completion)), 0) FROM candidates").fetchone()
    if limit == "8GB":
        assert found == (cells, cells * 10_200_000)
    else:
        assert said[:-1] in ([], ["True"])
        assert found in ((0, 0), (cells, cells * 10_200_000))
        assert int(said[-1]) * 1024 < 1_600_000_000
