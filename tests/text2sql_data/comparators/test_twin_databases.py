"""Two databases of a benchmark may have the same content: each question is judged on its own file."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs

SCRIPT = "CREATE TABLE t (x, y, z); INSERT INTO t VALUES (1, 2, 1), (3, 4, 3)"


def test_the_file_of_the_question_is_read(lake: store.Lake, tmp_path: Path) -> None:
    """Where digests do not decide, the rows come from the question's file, also after its twin has changed."""
    files = [tmp_path / f"b/database/{name}/{name}.sqlite" for name in ("d1", "d2")]
    for file in files:
        file.parent.mkdir(parents=True)
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(SCRIPT)
    files[1].write_bytes(files[0].read_bytes())
    asked = [{"db_id": name, "question": name, "query": "SELECT x, y FROM t"} for name in ("d1", "d2")]
    (tmp_path / "b/dev.json").write_text(json.dumps(asked))
    add_benchmark(lake, "b", read(tmp_path / "b/dev.json"))
    assert lake.sql("SELECT count(DISTINCT database) FROM current_databases").fetchall() == [(1,)]
    (tmp_path / "r.json").write_text(json.dumps([{"position": 1, "pred_sqls": ["SELECT y, z FROM t"]}]))
    import_runs(lake, jsonl.FORMAT, [Source("r", "r", (tmp_path / "r.json",))], benchmark="b")
    execute(lake, Limits(seconds=5.0))
    with closing(sqlite3.connect(files[0])) as connection:
        connection.executescript("UPDATE t SET z = 7")
    (done,) = label(lake, [comparator("spider")])
    assert done.from_rows == 1
    assert done.labels == {("correct", None): 1}
