"""One import is one commit: repeated, refused, stopped or with bad entries put aside, and never half done."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import store
from store import StoreError
from store.ids import file_sha256
from text2sql_data import importers
from text2sql_data.importers.importing import Imported, Source, import_runs
from text2sql_data.lookups import BadNameError

Import = Callable[..., Imported]
SPIDER = next(known for known in importers.FORMATS if known.name == "spider")
JSONL = next(known for known in importers.FORMATS if known.name == "jsonl")
MATS = next(known for known in importers.FORMATS if known.name == "mats")
K_LISTS = next(known for known in importers.FORMATS if known.name == "k-lists")


def lines(*records: object) -> str:
    """JSON lines."""
    return "".join(json.dumps(record) + "\n" for record in records)


def stored(lake: store.Lake) -> list[tuple[int, int, str | None]]:
    """Every candidate: position, sample, SQL."""
    return lake.sql("SELECT position, sample, sql FROM candidates ORDER BY ALL").fetchall()


def test_same_file_again_adds_nothing(small: store.Lake, import_one: Import, tmp_path: Path) -> None:
    """The same content under the same run is already there, from another path too."""
    assert not import_one(small, "spider", "a\nb\nc\nd\n", run="r").already
    before = small.version
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("a\nb\nc\nd\n")
    assert import_one(small, "spider", "a\nb\nc\nd\n", run="r").already
    assert import_one(small, "spider", elsewhere, run="r").already
    assert small.version == before


def test_other_file_under_the_same_run_is_refused(small: store.Lake, import_one: Import) -> None:
    """A run name stands for one content for ever."""
    import_one(small, "spider", "a\nb\nc\nd\n", run="r")
    before = small.version
    with pytest.raises(StoreError, match="There is a run r already, imported from other files"):
        import_one(small, "spider", "a\nb\nc\nOTHER\n", run="r")
    with pytest.raises(StoreError, match=r"imported from answers to small revision \w+, in format spider"):
        import_one(small, "bird", "a\nb\nc\nd\n", run="r")
    assert small.version == before


def test_unknown_benchmark(small: store.Lake, import_one: Import) -> None:
    """The error lists the benchmarks that there are."""
    with pytest.raises(StoreError, match="There is no benchmark other in the lake") as caught:
        import_one(small, "spider", "a\n", "other")
    assert "small" in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("bad", [1, 2, 4])
def test_bad_line_stops_everything(small: store.Lake, import_one: Import, bad: int) -> None:
    """At the start, in the middle and at the end: the error names file, line and reason, and nothing is written."""
    content = [json.dumps({"question_id": 10 + n, "pred_sqls": ["SELECT 1"]}) for n in range(4)]
    content[bad - 1] = content[bad - 1].replace("10", "99").replace("11", "99").replace("13", "99")
    before = small.version
    with pytest.raises(StoreError, match=rf"answers, line {bad}: the benchmark has no question_id 99") as caught:
        import_one(small, "jsonl", "\n".join(content))
    assert "Nothing was imported" in caught.value.hint
    assert small.version == before
    assert stored(small) == []


def test_second_file_is_bad(small: store.Lake, tmp_path: Path) -> None:
    """Runs of one command are one commit: when the second cannot be read, the first is not written either."""
    good, bad = tmp_path / "good.sql", tmp_path / "bad.sql"
    good.write_text("a\nb\nc\nd\n")
    bad.write_bytes(b"a\nb\n\xff\nd\n")
    before = small.version
    with pytest.raises(StoreError, match=r"bad\.sql, line 3: not UTF-8"):
        import_runs(small, SPIDER, [Source("good", "s", (good,)), Source("bad", "s", (bad,))], benchmark="small")
    assert small.version == before


def test_quarantine_keeps_the_rest(small: store.Lake, import_one: Import, tmp_path: Path) -> None:
    """Bad lines become rejects with line, reason and the raw text, broken bytes escaped; the others are imported."""
    good = json.dumps({"question_id": 11, "sql": "SELECT 1"}).encode()
    content = b'{"question_id": 10, "sql": "caf\xe9"}\n' + good + b'\n{"question_id": 12\n\n{"sql": "x"}\n'
    done = import_one(small, "jsonl", content, run="r", quarantine=True)
    assert (done.answers, done.rejects) == (1, 3)
    assert stored(small) == [(1, 0, "SELECT 1")]
    sha256 = file_sha256(tmp_path / "answers")
    rejects = small.sql("SELECT sha256, line, format, raw, path FROM rejects ORDER BY line").fetchall()
    assert rejects == [
        (sha256, 1, "jsonl", r'{"question_id": 10, "sql": "caf\xe9"}', str(tmp_path / "answers")),
        (sha256, 3, "jsonl", '{"question_id": 12', str(tmp_path / "answers")),
        (sha256, 5, "jsonl", '{"sql": "x"}', str(tmp_path / "answers")),
    ]
    reasons = [reason for (reason,) in small.sql("SELECT reason FROM rejects ORDER BY line").fetchall()]
    assert "utf-8" in reasons[0]
    assert "truncated" in reasons[1]
    assert reasons[2] == "nothing says which question this is: expected position, question_id or question"


def test_quarantined_line_of_an_ordered_file_keeps_its_place(small: store.Lake, import_one: Import) -> None:
    """A line that is put aside still counts: the lines after it answer their own questions."""
    done = import_one(small, "spider", b"a\n\xff\nc\nd\n", quarantine=True)
    assert (done.answers, done.rejects) == (3, 1)
    assert stored(small) == [(0, 0, "a"), (2, 0, "c"), (3, 0, "d")]


def test_blank_lines_of_spider_files(small: store.Lake, import_one: Import) -> None:
    """A blank line is an answer without SQL, the last one too; those after the last question mean nothing."""
    import_one(small, "spider", "a\n\n  \n\n\n\n", run="r")
    assert stored(small) == [(0, 0, "a"), (1, 0, None), (2, 0, None), (3, 0, None)]
    with pytest.raises(StoreError, match="has 3 answers, and the benchmark has 4 questions"):
        import_one(small, "spider", "a\n\n\n", run="short")
    with pytest.raises(StoreError, match="line 5: position 4: the benchmark has 4 questions"):
        import_one(small, "spider", "a\nb\nc\nd\ne\n", run="long")


def test_spider_database_names(small: store.Lake, import_one: Import) -> None:
    """What follows the last tab is a db_id when it looks like one, and then it must be that of the question."""
    import_one(small, "spider", "SELECT\t1\td\nSELECT\t1 + 1\nc\te\nd\n")
    assert [sql for _, _, sql in stored(small)] == ["SELECT\t1", "SELECT\t1 + 1", "c", "d"]
    with pytest.raises(StoreError, match="line 2: position 1 is about database d in the benchmark, and about e here"):
        import_one(small, "spider", "a\nb\te\nc\nd\n", run="other")


def test_files_as_samples(small: store.Lake, tmp_path: Path) -> None:
    """Files of one run are its samples, also where each file has several: none takes the number of another."""
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.json")
        records = [{"pred_sqls": [f"SELECT {number}, {position}, {j}" for j in range(2)]} for position in range(4)]
        paths[-1].write_text(json.dumps(records))
    (done,) = import_runs(small, K_LISTS, [Source("k", "s", tuple(paths))], benchmark="small")
    assert done.answers == 12
    expected = [(p, 2 * number + j, f"SELECT {number}, {p}, {j}") for p in range(4) for number in range(3) for j in range(2)]
    assert stored(small) == expected
    assert small.sql("SELECT k FROM runs").fetchall() == [(6,)]


@pytest.mark.parametrize("name", [{"question_id": 12}, {"question": "Who is it?"}])
def test_files_as_samples_by_name(small: store.Lake, tmp_path: Path, name: dict[str, object]) -> None:
    """Each file may name every question once: the second file's answer is not a second answer of the first."""
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.jsonl")
        paths[-1].write_text(lines({**name, "pred_sqls": [f"SELECT {number}"]}))
    import_runs(small, JSONL, [Source("k", "s", tuple(paths))], benchmark="small")
    assert [(sample, sql) for _, sample, sql in stored(small)] == [(n, f"SELECT {n}") for n in range(3)]


def test_twelve_systems_as_samples(published_lake: store.Lake, real_data: Path) -> None:
    """The published systems as K = 12: sample i is the i-th file, for every question."""
    files = tuple(sorted((real_data / "spider/predictions").glob("*.sql")))
    (done,) = import_runs(published_lake, SPIDER, [Source("k12", "twelve", files)], benchmark="spider")
    assert (done.answers, done.added["candidates"]) == (12 * 1034, 12 * 1034)
    expected = []
    for sample, file in enumerate(files):
        answers = file.read_text("utf-8").rstrip("\n").split("\n")
        expected += [(p, sample, line.split("\t")[0].strip() or None) for p, line in enumerate(answers)]
    assert stored(published_lake) == sorted(expected)
    assert published_lake.sql("SELECT k, len(sources::JSON[]) FROM runs").fetchall() == [(12, 12)]


def test_answered_twice(small: store.Lake, import_one: Import) -> None:
    """Two whole sets of answers, or one sample twice, are refused: which one counts is not for us to say."""
    twice = {"question_id": 10, "pred_sqls": ["a", "b"]}
    by_position = {"position": 0, "pred_sqls": ["a"]}
    for again, reason in (
        (twice, "line 2: question_id 10 comes 2 times here, and 1 times in the benchmark"),
        (by_position, "position 0 is answered twice"),
        ({"question_id": 10, "sample": 1, "sql": "c"}, "position 0 is answered twice"),
    ):
        with pytest.raises(StoreError, match=reason):
            import_one(small, "jsonl", lines(twice, again))
    assert stored(small) == []


def test_flags_are_labels_of_the_file(small: store.Lake, import_one: Import) -> None:
    """What a file claims is a label of `file:RUN`, and no other comparator says anything."""
    import_one(
        small,
        "jsonl",
        lines(*({"question_id": 10 + n, "sql": "x", "correct": flag} for n, flag in enumerate((True, False, None)))),
        run="r",
    )
    labels = small.sql(
        "SELECT position, comparator, verdict, reason, settings FROM labels JOIN candidates USING (candidate) ORDER BY 1"
    )
    assert labels.fetchall() == [(0, "file:r", "correct", None, "imported"), (1, "file:r", "wrong", "flag", "imported")]
    assert small.sql("SELECT DISTINCT comparator FROM verdicts").fetchall() == [("file:r",)]


@pytest.mark.parametrize("format_name", ["spider", "jsonl", "k-lists", "mats", "trajectories", "critiques", "bird"])
def test_empty_file(small: store.Lake, import_one: Import, format_name: str) -> None:
    """An empty file is refused in every format: it would be a run that answers nothing."""
    with pytest.raises(StoreError, match=r"holds no answers|expected a JSON object"):
        import_one(small, format_name, "")
    assert small.counts()["runs"] == 0


def test_large_cell(small: store.Lake, import_one: Import) -> None:
    """A completion of 10 MB comes back as it was."""
    text = "x\u00e9\n" * 2_500_000
    import_one(small, "jsonl", lines({"question_id": 10, "sql": "SELECT 1", "completion": text}))
    assert small.sql("SELECT completion FROM candidates").fetchall() == [(text,)]


@pytest.mark.parametrize("number", [-1, 10_001, 100_000])
def test_sample_out_of_range(small: store.Lake, import_one: Import, number: int) -> None:
    """A number that the table cannot hold, or that nobody means, is an error of its line."""
    with pytest.raises(StoreError, match=rf"line 1: sample {number} is not between 0 and 10000"):
        import_one(small, "jsonl", lines({"question_id": 10, "sample": number, "sql": "x"}))


@pytest.mark.parametrize("turn", [-1, 0, 100_000])
def test_turn_out_of_range(small: store.Lake, import_one: Import, turn: int) -> None:
    """The same for the turns of a trajectory, which are counted from 1."""
    record = {"question": "How many?", "db_id": "d", "candidates": [{"sql": "x", "turn": turn}]}
    with pytest.raises(StoreError, match=rf"line 1: step {turn - 1} is not between 0 and 10000"):
        import_one(small, "trajectories", lines(record))


def test_no_sql_is_an_answer(small: store.Lake, tmp_path: Path) -> None:
    """An empty list of candidates and a null planner SQL are answers without SQL: wrong, not left out, and a fix may stand."""
    file = tmp_path / "run.jsonl"
    file.write_text('{"position": 0, "pred_sqls": []}\n{"position": 1, "pred_sqls": [null]}\n')
    import_runs(small, JSONL, [Source("empty", "s", (file,))], benchmark="small")
    rows = small.sql("SELECT position, sample, sql FROM candidates WHERE run = 'empty' ORDER BY position").fetchall()
    assert rows == [(0, 0, None), (1, 0, None)]
    rollouts = tmp_path / "mats.jsonl"
    trajectory = {"planner_sql": None, "planner_exec_ok": True, "fixed_sql": "SELECT 1"}
    rollouts.write_text(json.dumps({"question_id": "10", "trajectories": [trajectory]}))
    import_runs(small, MATS, [Source("rollouts", "s", (rollouts,))], benchmark="small")
    final = small.sql("SELECT stage, sql FROM answers WHERE run = 'rollouts' AND gate = 'exec_ok'").fetchall()
    assert final == [("fixer", "SELECT 1")]


@pytest.mark.parametrize("name", ["", " a", "a\n0", "a\x1b[2J"])
def test_names_are_one_visible_line(small: store.Lake, tmp_path: Path, name: str) -> None:
    """A run cannot be called what nobody could type or tell apart."""
    file = tmp_path / "run.jsonl"
    file.write_text('{"position": 0, "pred_sql": "SELECT 1"}\n')
    with pytest.raises(BadNameError):
        import_runs(small, JSONL, [Source(name, "s", (file,))], benchmark="small")
