"""Importing pairs: published files with their figures, plain preference rows, which question, and what cannot be read."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import store
from store import StoreError
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers.entries import Entry, EntryError
from text2sql_data.pairs import preference_rows
from text2sql_data.pairs.importing import ImportedPairs, import_pairs

Import = Callable[..., ImportedPairs]
NAMES = {
    "avg_reward_margin": "avg_margin",
    "min_reward_margin": "min_margin",
    "max_reward_margin": "max_margin",
    "avg_sql_edit_distance_ratio": "avg_word_edit_ratio",
    "duplicate_count": "duplicates",
    "chosen_executable_rate": "chosen_executable",
    "rejected_executable_rate": "rejected_executable",
    "rejected_executable_hard_negative_rate": "hard_negative",
    "rejected_executable_hard_negative_known": "hard_negative_known",
    "rejected_executable_hard_negative_unknown": "hard_negative_unknown",
    "pair_type_entropy": "type_entropy",
    "pair_types": "types",
}
"""What the published report calls a figure, where the view calls it otherwise."""


@pytest.fixture(scope="module")
def spider(real_data: Path, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """A lake with Spider dev and both published sets of pairs; nothing was executed."""
    folder = tmp_path_factory.mktemp("spider") / "lake"
    shutil.copytree(template, folder)
    with store.open(folder) as lake:
        add_benchmark(lake, "spider", read(real_data / "spider/dev.json"))
        for name in ("dpo_pairs", "merged_synth20"):
            done = import_pairs(lake, [real_data / f"trajectories/{name}.json"], name, benchmark="spider")
            assert done.read == done.matched == sum(done.recorded.pairs.values())
        yield lake


@pytest.mark.parametrize(("name", "label"), [("dpo_pairs", "Raw"), ("merged_synth20", "Synth20")])
def test_the_published_figures(spider: store.Lake, real_data: Path, name: str, label: str) -> None:
    """Every figure of the published report of these files, to its fourth digit."""
    report = json.loads((real_data / "trajectories/pair_quality.json").read_text("utf-8"))["datasets"]
    (theirs,) = [one for one in report if one["label"] == label]
    relation = spider.sql("SELECT * FROM pair_quality WHERE pair_set = $name", name=name)
    ours = dict(zip(relation.columns, relation.fetchone() or (), strict=True))
    compared = {figure: ours[NAMES.get(figure, figure)] for figure in theirs if figure not in {"label", "path"}}
    assert len(compared) == 21
    rounded = {figure: round(value, 4) if isinstance(value, float) else value for figure, value in compared.items()}
    assert rounded == {figure: theirs[figure] for figure in rounded}


def test_what_a_published_pair_becomes(spider: store.Lake) -> None:
    """Every pair has its question, its prompt and its SQL without the label; no candidate, no claim that the file lacks."""
    counts = spider.sql("""
        SELECT
            pair_set, count(*), count(position), count(t.text), count(*) FILTER (starts_with(chosen, 'SQL:')),
            count(chosen_sql), count(rejected_sql), count(chosen_candidate), count(run),
            count(chosen_claimed_ok), count(chosen_step)
        FROM pairs LEFT JOIN prompts AS t USING (prompt) GROUP BY ALL ORDER BY ALL
    """).fetchall()
    assert counts == [
        ("dpo_pairs", 554, 554, 554, 0, 554, 554, 0, 0, 554, 554),
        ("merged_synth20", 692, 692, 692, 0, 692, 692, 0, 0, 554, 692),
    ]
    asked = spider.sql(
        "SELECT count(*) FROM pairs AS p JOIN questions AS q USING (benchmark, revision, position)"
        " JOIN prompts AS t USING (prompt) WHERE q.db_id = p.db_id AND contains(t.text, q.question)"
    ).fetchone()
    assert asked == (554 + 692,)
    assert spider.check() == []


@pytest.fixture
def imported(lake: store.Lake, tmp_path: Path) -> Import:
    """Imports rows into a lake with a benchmark of four questions, of which some share their text."""
    asked = [
        ("d", "Which?", "SELECT 1"),
        ("d", "Which?", "SELECT 2"),
        ("e", "Which?", "SELECT 3"),
        ("e", "Who  is it?", "SELECT 4"),
    ]
    rows = [{"db_id": db_id, "question": question, "query": gold} for db_id, question, gold in asked]
    (tmp_path / "b.json").write_text(json.dumps(rows), "utf-8")
    add_benchmark(lake, "b", read(tmp_path / "b.json"))

    def import_(*lines: object, name: str = "x", as_list: bool = False, **options: bool) -> ImportedPairs:
        file = tmp_path / "pairs"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file.write_text(f"[{','.join(texts)}]" if as_list else "\n".join(texts), "utf-8")
        return import_pairs(lake, [file], name, benchmark="b", **options)

    return import_


def row(db_id: str | None = None, question: str | None = None, gold_sql: str | None = None, **more: object) -> dict[str, object]:
    """A published pair about a question."""
    meta = {"db_id": db_id, "question": question, "gold_sql": gold_sql, "pair_type": "synthetic_wrong_column"}
    return {"prompt": "p", "chosen": f"SQL: SELECT a{len(str(more))}", "rejected": "SQL: SELECT b", "meta": meta, **more}


@pytest.mark.parametrize(
    ("meta", "position"),
    [
        (("d", "Which?", "SELECT  2"), 1),
        (("d", " Which? ", None), 0),
        (("d", "Which?", "SELECT 9"), 0),
        (("e", "Which?", "SELECT 2"), 2),
        (("e", "Who is it?", None), 3),
        ((None, "Who is it?", None), 3),
        ((None, "Which?", "SELECT 3"), None),
        (("f", "Which?", "SELECT 1"), None),
        (("d", None, None), None),
    ],
)
def test_which_question(imported: Import, lake: store.Lake, meta: tuple[str | None, ...], position: int | None) -> None:
    """By database and text, then by the gold, then the first; never one that the pair contradicts, and none by guess."""
    done = imported(row(*meta))
    assert done.matched == (position is not None)
    found = lake.sql("SELECT benchmark, position, db_id FROM pairs").fetchone()
    asked = {None: meta[0], 0: "d", 1: "d", 2: "e", 3: "e"}
    assert found == (None if position is None else "b", position, asked[position])


def test_plain_rows(imported: Import, lake: store.Lake) -> None:
    """Texts, messages, and conversations without a prompt: each a pair of which nothing is known but its texts."""
    question, system = {"role": "user", "content": "ask"}, {"role": "system", "content": "be brief"}
    good, bad = ({"role": "assistant", "content": text} for text in ("SELECT 1", "no idea"))
    imported(
        {"prompt": "ask", "chosen": "SELECT 1", "rejected": "SELECT 2"},
        {"prompt": [question], "chosen": [good], "rejected": [bad]},
        {"chosen": [system, question, good], "rejected": [system, question, bad]},
    )
    rows = lake.sql("""
        SELECT t.text, chosen, rejected, chosen_sql, rejected_sql, type, origin, benchmark, chosen_reward, chosen_claimed_ok
        FROM pairs LEFT JOIN prompts AS t USING (prompt) ORDER BY ALL
    """).fetchall()
    known = ("unknown", "unknown", None, None, None)
    assert rows == [
        (json.dumps([system, question]), "SELECT 1", "no idea", "SELECT 1", None, *known),
        ("ask", "SELECT 1", "SELECT 2", "SELECT 1", "SELECT 2", *known),
        ("ask", "SELECT 1", "no idea", "SELECT 1", None, *known),
    ]
    quality = lake.sql("SELECT pairs, margins_known, avg_margin, hard_negative_unknown FROM pair_quality").fetchone()
    assert quality == (3, 0, None, 3)


def test_repeated_pairs_are_counted(imported: Import, lake: store.Lake) -> None:
    """A pair that the file has twice is kept once, and both the report of the import and the quality of the set say so."""
    done = imported(row("d", "Which?"), row("d", "Which?"), row("d", "Which?", extra=1), as_list=True)
    assert (done.read, done.duplicates, done.recorded.pairs) == (3, 1, {"synthetic_wrong_column": 2})
    assert lake.sql("SELECT pairs, duplicates, duplicate_rate FROM pair_quality").fetchone() == (2, 1, 1 / 3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Input data was truncated"),
        ({"chosen": "a"}, "missing required field `rejected`"),
        ({"chosen": "SQL: ", "rejected": "b"}, "chosen is empty"),
        ({"chosen": [], "rejected": "b"}, "chosen has 0 messages"),
        ({"chosen": "a", "rejected": "b", "meta": {"chosen_turn": 0}}, "chosen_turn 0 is not between"),
        ({"chosen": "a", "rejected": "b", "meta": {"chosen_reward": "high"}}, "Expected `float | null`"),
        ({"chosen": "a", "rejected": "b", "meta": {"chosen_reward": 0.2, "rejected_reward": 1}}, "0.2 is not greater than .* 1$"),
        ({"chosen": "a", "rejected": "b", "meta": {"chosen_reward": 1, "rejected_reward": 1}}, "1 is not greater than .* 1$"),
    ],
)
def test_a_bad_line(imported: Import, lake: store.Lake, line: object, reason: str) -> None:
    """It stops the import with file, line and reason, and nothing is written; on request it is put aside."""
    before = lake.version
    with pytest.raises(StoreError, match=f"pairs, line 2: .*{reason}"):
        imported(row("d", "Which?"), line)
    assert lake.version == before
    done = imported(row("d", "Which?"), line, quarantine=True)
    assert (done.read, done.rejects) == (1, 1)
    assert [found[0] for found in lake.sql("SELECT line FROM rejects").fetchall()] == [2]


def test_the_same_file_again(imported: Import, lake: store.Lake) -> None:
    """It adds nothing; other pairs need another name; an empty file is an error; a dry run writes nothing."""
    imported(row("d", "Which?"), dry_run=True)
    assert lake.counts()["pairs"] == lake.counts()["prompts"] == 0
    imported(row("d", "Which?"))
    before = lake.version
    assert imported(row("d", "Which?")).recorded.already
    assert lake.version == before
    with pytest.raises(StoreError, match="There is a pair set x already"):
        imported(row("e", "Which?"))
    with pytest.raises(StoreError, match="holds no pairs"):
        imported(name="y")


def test_one_reward_alone_is_no_margin() -> None:
    """Only two rewards can contradict the preference."""
    for stated in ({"chosen_reward": -0.5}, {"rejected_reward": 1.0}, {}):
        read_ = preference_rows.read(Entry(1, None, {"chosen": "a", "rejected": "b", "meta": stated}))
        assert (read_.chosen_reward, read_.rejected_reward) == (stated.get("chosen_reward"), stated.get("rejected_reward"))


def test_executed_flags() -> None:
    """A flag that says 1 is yes, another number no, and a missing one nothing."""
    for flags, expected in (({"executable": 1}, True), ({"executable": 0}, False), ({"full_scan": 1}, None), (None, None)):
        content = {"chosen": "a", "rejected": "b", "meta": {"chosen_cost_flags": flags}}
        assert preference_rows.read(Entry(1, None, content)).chosen_claimed_ok is expected
    with pytest.raises(EntryError):
        preference_rows.read(Entry(1, None, []))
