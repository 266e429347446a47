"""The demo benchmark: its content, its golds, the changes that make its candidates, and the figures they come to."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import starmap
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from store.ids import file_sha256
from text2sql_data.demo import DemoFiles, build
from text2sql_data.demo.__main__ import main
from text2sql_data.demo.mistakes import MISTAKES, cut_off
from text2sql_data.demo.predictions import Database
from text2sql_data.demo.rewrites import REWRITES
from text2sql_data.demo.systems import K
from text2sql_data.draws import between, chance, pick, seeded, shuffled
from text2sql_data.sql_ast.syntax import Mutation, applied, parsed, rendered

FAILING_GOLD = 24
Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return build(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def questions(demo: DemoFiles) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(demo.questions.read_text(encoding="utf-8"))
    return entries


@pytest.fixture(scope="module")
def databases(demo: DemoFiles) -> Iterator[dict[str, Database]]:
    opened = {path.stem: Database(path) for path in sorted(demo.database_root.glob("*/*.sqlite"))}
    yield opened
    for database in opened.values():
        database.close()


def run(path: Path, sql: str) -> Rows | None:
    """The rows of the result in their order, or None when the query fails."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return connection.execute(sql).fetchall()
    except apsw.Error:
        return None
    finally:
        connection.close()


def bag(path: Path, sql: str) -> Counter[tuple[object, ...]] | None:
    """The rows of the result in no order, or None when the query fails."""
    rows = run(path, sql)
    return None if rows is None else Counter(rows)


def database_file(demo: DemoFiles, db_id: str) -> Path:
    return demo.database_root / db_id / f"{db_id}.sqlite"


def correct_by_question(databases: dict[str, Database], path: Path) -> list[list[bool | None]]:
    """For each question whose gold runs: is each candidate right, or None when it fails."""
    verdicts = []
    for entry in json.loads(path.read_text(encoding="utf-8")):
        gold = databases[entry["db_id"]].answer(entry["output_seq"])
        if gold is not None:
            answers = [databases[entry["db_id"]].answer(sql) for sql in entry["pred_sqls"]]
            verdicts.append([None if answer is None else answer == gold for answer in answers])
    return verdicts


# The questions and their golds.


def test_questions_are_balanced_and_unlike(questions: list[dict[str, str]]) -> None:
    """There are 18 questions a database, no two alike, with ids that count from 0 and the keys of BIRD."""
    assert set(Counter(q["db_id"] for q in questions).values()) == {18}
    assert len({q["question"].casefold() for q in questions}) == len({q["SQL"] for q in questions}) == 72
    assert [int(q["question_id"]) for q in questions] == list(range(72))
    keys = {"question_id", "db_id", "question", "evidence", "SQL", "difficulty"}
    assert all(set(q) == keys for q in questions)
    difficulties = Counter(q["difficulty"] for q in questions)
    assert set(difficulties) == {"simple", "moderate", "challenging"}
    assert min(difficulties.values()) >= 12


def test_exactly_one_gold_fails(demo: DemoFiles, questions: list[dict[str, str]]) -> None:
    """Every gold executes, but for the one that is meant not to; exactly one returns nothing."""
    results = [bag(database_file(demo, q["db_id"]), q["SQL"]) for q in questions]
    assert [i for i, rows in enumerate(results) if rows is None] == [FAILING_GOLD]
    assert [i for i, rows in enumerate(results) if rows is not None and not rows] == [13]


def test_flawed_golds_answer_otherwise_than_corrected(demo: DemoFiles, questions: list[dict[str, str]]) -> None:
    """The three golds with a known correction give another result, or none, than the correction does."""
    source = Path(__file__).resolve().parents[2] / "text2sql_data" / "demo" / "corrections.json"
    corrections = json.loads(source.read_text(encoding="utf-8"))
    assert len(corrections) == 3
    for number, better in corrections.items():
        path = database_file(demo, questions[int(number)]["db_id"])
        assert bag(path, better)
        assert bag(path, questions[int(number)]["SQL"]) != bag(path, better)


def test_one_gold_reads_the_clock(questions: list[dict[str, str]]) -> None:
    """One gold depends on the day it is run, and no other does."""
    clock = re.compile(r"'now'|current_(date|time)|random\(", re.IGNORECASE)
    assert [i for i, q in enumerate(questions) if clock.search(q["SQL"])] == [14]


def test_some_golds_cut_a_tie(demo: DemoFiles, questions: list[dict[str, str]]) -> None:
    """Four golds return one of several rows that are first: keeping ties gives more rows than LIMIT 1 does."""
    cut = []
    for i, q in enumerate(questions):
        match = re.fullmatch(r"SELECT (\w+) FROM (\w+)(?: WHERE (.+))? ORDER BY (\w+) DESC LIMIT 1", q["SQL"])
        if match is None:
            continue
        column, table, where, key = match.groups()
        ranked = f"SELECT {column}, RANK() OVER (ORDER BY {key} DESC) AS place FROM {table} WHERE {where or '1'}"
        winners = bag(database_file(demo, q["db_id"]), f"SELECT {column} FROM ({ranked}) WHERE place = 1")
        cut += [i] if winners and len(winners) > 1 else []
    assert cut == [3, 21, 41, 55]


@pytest.mark.parametrize(
    "construct",
    [
        "COUNT(", "AVG(", "SUM(", "MAX(", "INNER JOIN", "LEFT JOIN", "GROUP BY", "HAVING", "ORDER BY", "LIMIT",
        "NOT IN", "EXCEPT", "INTERSECT", "NOT EXISTS", "CASE", "STRFTIME", "JULIANDAY", "LIKE", "DISTINCT", "CAST(",
        "OVER (", "WITH ", "SUBSTR(", "IS NULL",
    ],
)  # fmt: skip
def test_golds_use(construct: str, questions: list[dict[str, str]]) -> None:
    """The golds cover the constructs that Text-to-SQL benchmarks are made of."""
    assert any(construct in q["SQL"] for q in questions)


# The databases.

MESS = {
    "nulls": ("city_library", "SELECT 1 FROM loan WHERE returned_on IS NULL"),
    "tie at the top": ("bike_share", "SELECT 1 FROM station GROUP BY docks HAVING docks = 30 AND COUNT(*) > 1"),
    "number stored as text": (
        "city_library",
        "SELECT COUNT(*) FROM loan HAVING CAST(MAX(fee) AS REAL) < MAX(CAST(fee AS REAL))",
    ),
    "text among numbers": ("hospital_lab", "SELECT 1 FROM result WHERE value IN ('hemolyzed', '<2')"),
    "non-ASCII text": ("bike_share", "SELECT 1 FROM station WHERE name = 'Café Mühle'"),
    "two date formats (library)": (
        "city_library",
        "SELECT COUNT(*) FROM member HAVING SUM(joined LIKE '__/__/____') > 9 AND SUM(joined LIKE '____-__-__') > 9",
    ),
    "two date formats (bakery)": (
        "bakery",
        """SELECT COUNT(*) FROM "order" HAVING SUM("date" LIKE '%.%.2024') > 9 AND SUM("date" LIKE '2024-__-__') > 9""",
    ),
    "duplicate names": ("hospital_lab", 'SELECT 1 FROM patient GROUP BY "full name" HAVING COUNT(*) > 1'),
    "empty table": ("city_library", "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM reservation)"),
    "blob": ("hospital_lab", "SELECT 1 FROM sample WHERE TYPEOF(tube_label) = 'blob'"),
    "dangling foreign key": (
        "city_library",
        "SELECT 1 FROM book WHERE author_id NOT IN (SELECT author_id FROM author)",
    ),
    "column name with a space": (
        "hospital_lab",
        "SELECT 1 FROM pragma_table_info('patient') WHERE name LIKE '% %'",
    ),
    "reserved word": ("bakery", "SELECT 1 FROM sqlite_master WHERE name = 'order'"),
    "view": ("bakery", "SELECT 1 FROM sqlite_master WHERE type = 'view'"),
    "thousands of rows": ("bike_share", "SELECT COUNT(*) FROM trip HAVING COUNT(*) >= 3000"),
    "Unix timestamps": ("bike_share", "SELECT 1 FROM repair WHERE DATE(reported, 'unixepoch') LIKE '2024-%'"),
}


@pytest.mark.parametrize("kind", MESS)
def test_databases_are_messy(kind: str, demo: DemoFiles) -> None:
    """Each kind of mess that real databases have is there."""
    db_id, sql = MESS[kind]
    assert bag(database_file(demo, db_id), sql)


def test_flags_follow_the_reference_ranges(demo: DemoFiles) -> None:
    """The ranges that flag results in code are those that the table of tests states."""
    sql = """
        SELECT r.value, r.flag, t.low, t.high FROM result AS r INNER JOIN test_type AS t ON t.code = r.code
        WHERE r.flag IS NOT
            CASE WHEN CAST(r.value AS REAL) > t.high THEN 'H' WHEN CAST(r.value AS REAL) < t.low THEN 'L' END
        AND r.value GLOB '[0-9]*'
    """
    path = database_file(demo, "hospital_lab")
    assert bag(path, sql) == Counter()
    assert bag(path, "SELECT DISTINCT flag FROM result WHERE flag IS NOT NULL") == Counter([("H",), ("L",)])


def test_list_prices_are_those_of_the_products(demo: DemoFiles) -> None:
    """Order lines are charged at the list price that the product table states, or at ten percent off."""
    sql = """
        SELECT 1 FROM order_line AS l INNER JOIN product AS p ON p.product_id = l.product_id
        WHERE l.unit_price NOT IN (p.price, ROUND(p.price * 0.9, 2))
    """
    assert bag(database_file(demo, "bakery"), sql) == Counter()


def test_descriptions_name_the_columns(demo: DemoFiles, databases: dict[str, Database]) -> None:
    """The column descriptions of the hospital laboratory list exactly the columns of each table."""
    described = {
        path.stem: tuple(re.findall(r"^([a-z_ ]+),", path.read_text(encoding="utf-8"), re.MULTILINE)[1:])
        for path in (demo.database_root / "hospital_lab" / "database_description").glob("*.csv")
    }
    assert described == databases["hospital_lab"].columns


# The changes to the AST.


def changes(
    mutation: Mutation, demo: DemoFiles, questions: list[dict[str, str]], databases: dict[str, Database]
) -> Iterator[tuple[str, Rows | None, Rows | None]]:
    """Each changed gold: its text, the result of the gold, and its own."""
    for q in questions:
        path = database_file(demo, q["db_id"])
        rng = seeded("test", mutation.__name__, q["question_id"])
        changed = applied(mutation, parsed(q["SQL"]), rng, databases[q["db_id"]].columns)
        if changed is not None:
            yield rendered(changed), run(path, q["SQL"]), run(path, rendered(changed))


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda m: m.__name__)
def test_rewrites_keep_every_result(
    rewrite: Mutation, demo: DemoFiles, questions: list[dict[str, str]], databases: dict[str, Database]
) -> None:
    """A rewrite applies to some gold and changes the bag of rows of none."""
    outcomes = list(changes(rewrite, demo, questions, databases))
    assert outcomes
    changed = [sql for sql, gold, own in outcomes if (gold is None) != (own is None) or Counter(gold) != Counter(own)]
    assert changed == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.__name__)
def test_mistakes_change_most_results(
    mistake: Mutation, demo: DemoFiles, questions: list[dict[str, str]], databases: dict[str, Database]
) -> None:
    """A mistake applies to some gold and changes the rows, or their order, of more than half of those it applies to."""
    outcomes = [gold != own for _, gold, own in changes(mistake, demo, questions, databases) if gold is not None]
    assert outcomes
    assert sum(outcomes) > len(outcomes) / 2


def test_rendering_alone_changes_nothing(demo: DemoFiles, questions: list[dict[str, str]]) -> None:
    """Parsing a gold and writing it again, on one line or laid out, keeps its result."""
    for q in questions:
        path = database_file(demo, q["db_id"])
        tree = parsed(q["SQL"])
        assert bag(path, rendered(tree)) == bag(path, rendered(tree, pretty=True)) == bag(path, q["SQL"])


def test_a_query_that_is_cut_off_fails(demo: DemoFiles, questions: list[dict[str, str]]) -> None:
    """No gold executes once it breaks off before its end."""
    for q in questions:
        assert bag(database_file(demo, q["db_id"]), cut_off(q["SQL"], seeded("cut", q["question_id"]))) is None


@pytest.mark.slow
def test_rewrites_keep_results_of_other_golds(real_data: Path) -> None:
    """On the golds of Spider dev, which the rewrites were not made for, they keep every bag of rows too."""
    root = real_data / "spider"
    wrong: list[str] = []
    opened: dict[str, Database] = {}
    for i, q in enumerate(json.loads((root / "dev.json").read_text(encoding="utf-8"))):
        path = root / "database" / q["db_id"] / f"{q['db_id']}.sqlite"
        database = opened.setdefault(q["db_id"], Database(path))
        tree, gold = parsed(q["query"]), bag(path, q["query"])
        for rewrite in REWRITES:
            changed = applied(rewrite, tree, seeded("spider", i), database.columns)
            if changed is not None and bag(path, rendered(changed)) != gold:
                wrong.append(rendered(changed))
    for database in opened.values():
        database.close()
    assert wrong == []


# The candidates.


@pytest.mark.parametrize(("number", "band", "oracle"), [(0, (0.40, 0.52), 0.84), (1, (0.58, 0.72), 0.88)])
def test_figures_are_believable(
    number: int, band: tuple[float, float], oracle: float, demo: DemoFiles, databases: dict[str, Database]
) -> None:
    """EX per candidate and oracle@8 of each system lie in the bands the systems were made for."""
    verdicts = correct_by_question(databases, demo.k_lists[number])
    assert len(verdicts) == 71
    ex = sum(right is True for row in verdicts for right in row) / (71 * K)
    best = sum(True in row for row in verdicts) / 71
    assert band[0] <= ex <= band[1]
    assert oracle <= best <= 0.97
    assert 0.01 < sum(right is None for row in verdicts for right in row) / (71 * K) < 0.2


@pytest.mark.parametrize("number", [0, 1])
def test_the_majority_is_neither_trivial_nor_useless(number: int, demo: DemoFiles, databases: dict[str, Database]) -> None:
    """The most frequent result is right more often than one sample and less often than the best of eight."""
    won = right = oracle = 0
    for entry in json.loads(demo.k_lists[number].read_text(encoding="utf-8")):
        database = databases[entry["db_id"]]
        gold = database.answer(entry["output_seq"])
        answers = [answer for sql in entry["pred_sqls"] if (answer := database.answer(sql)) is not None]
        if gold is not None and answers:
            won += Counter(answers).most_common(1)[0][0] == gold
            right += sum(answer == gold for answer in answers)
            oracle += gold in answers
    assert right / K + 2 < won < oracle - 2


def test_k_lists_are_in_gold_order(demo: DemoFiles, questions: list[dict[str, str]]) -> None:
    """A K-list has one entry a question, in order, with K responses from which the K queries can be read."""
    for path in demo.k_lists:
        entries = json.loads(path.read_text(encoding="utf-8"))
        assert [(e["db_id"], e["output_seq"]) for e in entries] == [(q["db_id"], q["SQL"]) for q in questions]
        for entry, q in zip(entries, questions, strict=True):
            assert q["question"] in entry["input_seq"]
            assert len(entry["pred_sqls"]) == K
            assert [f"```sql\n{sql}\n```" for sql in entry["pred_sqls"]] == entry["responses"]


def test_rollouts_say_what_happened(demo: DemoFiles, questions: list[dict[str, str]], databases: dict[str, Database]) -> None:
    """Flags of the rollouts are what execution says, and the fixer is called exactly where the planner's SQL failed."""
    rows = [json.loads(line) for line in demo.rollouts.read_text(encoding="utf-8").splitlines()]
    assert [row["sql"] for row in rows] == [q["SQL"] for q in questions]
    fixed = repaired = 0
    for row in rows:
        database = databases[row["db_id"]]
        assert (demo.questions.parent / row["db_path"]).is_file()
        gold = database.answer(row["sql"])
        assert len(row["trajectories"]) == K
        for t in row["trajectories"]:
            planned = database.answer(t["planner_sql"])
            assert t["planner_sql"] in t["planner_output"]
            assert t["planner_exec_ok"] == (planned is not None) == (t["fixed_sql"] is None)
            assert t["is_planner_correct"] == (planned is not None and planned == gold)
            repair = database.answer(t["fixed_sql"]) if t["fixed_sql"] else None
            assert t["is_fixed_correct"] == (repair is not None and repair == gold)
            fixed += t["fixed_sql"] is not None
            repaired += t["is_fixed_correct"]
    assert fixed >= 40
    assert fixed / 4 < repaired < fixed


def test_critiques_mostly_agree_with_execution(demo: DemoFiles) -> None:
    """Some critiques are absent, some conclude nothing, and the others blame wrong SQL more often than right SQL."""
    blamed: dict[bool, list[bool]] = {True: [], False: []}
    absent = silent = 0
    for line in demo.rollouts.read_text(encoding="utf-8").splitlines():
        for t in json.loads(line)["trajectories"]:
            texts = [t[f"fb_{clause}"] for clause in ("select", "condition", "join", "order")]
            absent += texts.count(None)
            verdicts = [re.search(r"Conclude: (correct|incorrect)\.$", text) for text in texts if text is not None]
            silent += verdicts.count(None)
            blamed[t["is_planner_correct"]].append(any(v is not None and v[1] == "incorrect" for v in verdicts))
    assert absent > 100
    assert silent > 5
    share = {right: sum(found) / len(found) for right, found in blamed.items()}
    assert share[False] > 0.7
    assert share[True] < 0.5


# Building.


def digests(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): file_sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_two_builds_are_the_same_bytes(demo: DemoFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Building elsewhere, with the command, gives the same files with the same sha256."""
    assert main([str(tmp_path / "again")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'again' / 'questions.json'}\n"
    first = digests(demo.questions.parent)
    assert digests(tmp_path / "again") == first
    assert len(first) == 4 + 6 + 1 + 3


def test_building_again_repairs_and_leaves_the_rest(demo: DemoFiles) -> None:
    """A second build puts a damaged file right, touches no other, and leaves nothing behind."""
    folder = demo.questions.parent
    before = digests(folder)
    untouched = demo.rollouts.stat()
    demo.k_lists[0].write_text("[", encoding="utf-8")
    assert build(folder) == demo
    assert digests(folder) == before
    after = demo.rollouts.stat()
    assert (after.st_ino, after.st_mtime_ns) == (untouched.st_ino, untouched.st_mtime_ns)


def test_a_file_is_no_place_to_build(tmp_path: Path) -> None:
    """Building into a file is refused with the path and a hint."""
    target = tmp_path / "taken"
    target.write_text("mine")
    with pytest.raises(StoreError, match="taken is a file") as caught:
        build(target)
    assert caught.value.hint
    assert target.read_text() == "mine"


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--help"]])
def test_usage_is_shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Anything but one folder shows the usage and exits with 2."""
    assert main(arguments) == 2
    assert "usage:" in capsys.readouterr().err


# Draws.


def test_draws_are_the_same_everywhere() -> None:
    """A seed gives the sequence that it gave when this was written."""
    rng = seeded("demo", 1)
    assert [between(rng, 0, 999) for _ in range(4)] == [903, 574, 468, 7]
    assert seeded("demo", 1).random() != seeded("demo", 2).random()


@settings(max_examples=50)
@given(st.lists(st.integers(), min_size=1), st.text())
def test_draws_stay_in_range(items: list[int], seed: str) -> None:
    """A pick is one of the items, a shuffle has the same items, and certain chances are certain."""
    rng = seeded(seed)
    assert pick(rng, items) in items
    assert sorted(shuffled(rng, items)) == sorted(items)
    assert list(starmap(chance, [(rng, 0.0), (rng, 1.0)])) == [False, True]
    assert 3 <= between(rng, 3, 5) <= 5
