"""`label --why`: the groups of equal results, and the first difference in the terms of each comparator."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import store
from store.cli import cli
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import COMPARATORS, comparator
from text2sql_data.comparators.difference import difference, permutation_note
from text2sql_data.comparators.permutation import same_under_permutation
from text2sql_data.comparators.why import explain
from text2sql_data.execution.outcome import Row
from text2sql_data.lookups import QuestionNotFoundError

GOLD = "SELECT name, age FROM person ORDER BY age"
ANSWERS = [
    "select name, age from person order by age",  # the same
    "SELECT name, age FROM person",  # the same rows in another order
    "SELECT age, name FROM person ORDER BY age",  # the columns the other way
    "SELECT name, age FROM person WHERE age < 9 ORDER BY age",  # a row is missing
    "SELECT name FROM person",
    "SELECT nobody FROM person",
]


def invoke(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--lake", str(folder), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def answered(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """One question with six answers, executed and labelled."""
    folder = tmp_path_factory.mktemp("answered")
    (folder / "database" / "people").mkdir(parents=True)
    connection = apsw.Connection(str(folder / "database" / "people" / "people.sqlite"))
    connection.execute("CREATE TABLE person (name TEXT, age INTEGER)")
    connection.execute("INSERT INTO person VALUES ('Ann', 9), ('Bo', 4), ('Cy', 7), ('Cy', 7)")
    connection.close()
    questions = [
        {"question_id": name, "db_id": "people", "question": "Who?", "SQL": GOLD, "evidence": "All."}
        for name in ("q7", "q8", "q8")
    ]
    (folder / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    (folder / "k.json").write_text(
        json.dumps([{"pred_sqls": answers} for answers in (ANSWERS, [GOLD] * 6, [GOLD] * 6)]), encoding="utf-8"
    )
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "people", read(folder / "questions.json", databases=folder / "database"))
        invoke(lake.folder, "import", "k-lists", str(folder / "k.json"), "--benchmark", "people", "--run", "six")
        invoke(lake.folder, "execute", "--processes", "1")
        yield lake


@pytest.fixture(scope="module")
def labelled(answered: store.Lake) -> store.Lake:
    """The same, labelled."""
    invoke(answered.folder, "label")
    return answered


def opinions(lake: store.Lake, name: str) -> dict[int, tuple[str, str | None, str | None]]:
    """Verdict, reason and difference of one comparator by sample."""
    found = explain(lake, "0", [comparator(name)], processes=1)
    return {sample: tuple(group.opinions[0])[1:] for group in found.groups for _, sample, _ in group.answers}


def test_the_first_difference_is_in_the_terms_of_the_comparator(labelled: store.Lake) -> None:
    """Sets name the row that one lacks, bags the counts, lists the place, spider the order of the columns."""
    wrong = ("wrong", "different_result")
    narrow = "the gold has 2 columns, the candidate 1"
    missing = "('Ann', 9) is 1 time in the gold, 0 times in the candidate"
    assert opinions(labelled, "bird") == {
        0: ("correct", None, None),
        1: ("correct", None, None),
        2: (*wrong, "3 rows only in the gold, the first ('Bo', 4); 3 rows only in the candidate, the first (4, 'Bo')"),
        3: (*wrong, "1 row only in the gold, the first ('Ann', 9)"),
        4: (*wrong, narrow),
        5: ("wrong", "error", None),
    }
    assert opinions(labelled, "bag")[3] == (*wrong, missing)
    assert opinions(labelled, "strict")[1] == (*wrong, "row 1 is ('Bo', 4) in the gold, ('Ann', 9) in the candidate")
    assert opinions(labelled, "strict")[3] == (*wrong, "the candidate ends after 3 rows, where the other goes on with ('Ann', 9)")
    spider = opinions(labelled, "spider")
    assert spider[2] == ("correct", None, "equal with the candidate's columns in the order 2, 1")
    assert spider[1][2] == "row 1 is ('Bo', 4) in the gold, ('Ann', 9) in the candidate; no order of the columns makes them equal"


def test_a_group_is_a_result_with_its_labels(labelled: store.Lake) -> None:
    """Under bird the reordered answer joins the right one; with strict asked as well they part."""
    bird = explain(labelled, "0", [comparator("bird")], processes=1)
    assert [len(group.answers) for group in bird.groups] == [2, 1, 1, 1, 1]
    assert (bird.groups[0].n_sqls, bird.groups[0].answers) == (2, [("six", 0, "answer"), ("six", 1, "answer")])
    both = explain(labelled, "0", [comparator("bird"), comparator("strict")], processes=1)
    assert len(both.groups) == 6
    failed = next(group for group in both.groups if group.result.status == "error")
    assert failed.result.error == "no such column: nobody"
    assert both.gold.preview[0] == ["'Bo'", "4"]


def test_nothing_is_labelled(labelled: store.Lake) -> None:
    """Explaining leaves the lake at the version that it had."""
    version = labelled.version
    explain(labelled, "1", COMPARATORS, processes=1)
    assert labelled.version == version


def test_without_labels_the_difference_is_shown_all_the_same(answered: store.Lake) -> None:
    """A gold revision that nobody labelled: the labels are unknown, and there is no gold to compare with."""
    found = explain(answered, "0", [comparator("bird")], gold_revision="other", processes=1)
    assert {group.opinions[0][1:] for group in found.groups} == {("unknown", "not_labelled", None)}
    assert found.gold.status == "no_gold"


def test_a_question_is_named_by_position_or_id(labelled: store.Lake) -> None:
    """`id:` finds a question id that is there once; anything else is an error that says what to give."""
    assert explain(labelled, "id:q7", [comparator("bird")], processes=1).position == 0
    for name, message in (("id:q8", "several"), ("7", "no question 7"), ("id:q9", "no question"), ("q7", "neither")):
        with pytest.raises(QuestionNotFoundError, match=message) as caught:
            explain(labelled, name, [comparator("bird")])
        assert caught.value.hint


def test_only_the_runs_that_are_asked_for(labelled: store.Lake) -> None:
    """A run that did not answer leaves no groups."""
    assert explain(labelled, "0", [comparator("bird")], runs=["none"], processes=1).groups == []


def test_the_command_prints_text_and_json(labelled: store.Lake) -> None:
    """The question, the gold, and each group with its candidates, opinions and rows; as JSON one object a group."""
    text = invoke(labelled.folder, "label", "--why", "id:q7", "--benchmark", "people", "--comparator", "bird")
    for part in ("Who?", "evidence: All.", GOLD, "result 1: 2 candidates (2 different SQL): six #0 answer", "gold: name | age"):
        assert part in text
    groups = [json.loads(line) for line in invoke(labelled.folder, "label", "--why", "0", "--json").splitlines()]
    assert sum(len(group["answers"]) for group in groups) == 6
    assert {opinion["comparator"] for group in groups for opinion in group["opinions"]} == {one.name for one in COMPARATORS}


@pytest.mark.parametrize("arguments", [("--why", "0", "--compare-imported"), ("--benchmark", "people")])
def test_options_that_do_not_go_together(answered: store.Lake, arguments: tuple[str, ...]) -> None:
    """They are a wrong usage, and nothing is done."""
    result = CliRunner().invoke(cli, ["--lake", str(answered.folder), "label", *arguments])
    assert result.exit_code == 2


tables = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[st.sampled_from([None, 0, 1, 1.0, "1", b"1"])] * width), max_size=4)
)


@given(gold=tables, candidate=tables, ordered=st.booleans())
def test_there_is_a_difference_exactly_where_the_results_are_not_the_same(
    gold: list[Row], candidate: list[Row], ordered: bool
) -> None:
    """For set, bag, list and spider alike; and a note about columns only where spider finds the results the same."""
    same_width = not (gold and candidate) or len(gold[0]) == len(candidate[0])
    assert (difference("bird", gold, candidate, ordered=ordered) is None) is (set(gold) == set(candidate))
    bags = sorted(map(canonical, gold)) == sorted(map(canonical, candidate))
    assert (difference("bag", gold, candidate, ordered=ordered) is None) is bags
    assert (difference("strict", gold, candidate, ordered=ordered) is None) is (gold == candidate)
    same = same_under_permutation(gold, candidate, ordered=ordered)
    assert (difference("spider", gold, candidate, ordered=ordered) is None) is same
    if same and same_width:
        note = permutation_note(gold, candidate, ordered=ordered)
        assert (note is None) is (gold == candidate if ordered else bags)


def canonical(row: Row) -> str:
    return repr(tuple(1 if cell == 1 else cell for cell in row))
