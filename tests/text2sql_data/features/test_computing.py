"""Features of choices: each within the range of its type, and equal to a plain reading of what it says."""

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from text2sql_data.features.computing import compute
from text2sql_data.features.definitions import features
from text2sql_data.features.shapes import shape
from text2sql_data.selection import choices as reading
from text2sql_data.selection.choices import Seen, with_votes
from text2sql_data.selection.model import Choices

Row = dict[str, Any]
NEAR = 1e-5
"""Values are kept with 32 bits."""


def seen_of(lake: store.Lake, run: str, gate: str = "exec_ok") -> Seen:
    """What a selector sees of a run."""
    with lake.scratch() as scratch:
        reading.stage(scratch, run, gate, 0, 1_000)
        return reading.staged(scratch)


def rows_of(choices: Choices) -> list[list[tuple[Row, Row]]]:
    """By choice its answers, each with its features."""
    values = compute(choices).rows(named=True)
    found: dict[int, list[tuple[Row, Row]]] = {}
    for answer, own in zip(choices.answers.rows(named=True), values, strict=True):
        assert (answer["choice"], answer["candidate"]) == (own["choice"], own["candidate"])
        found.setdefault(answer["choice"], []).append((answer, own))
    return list(found.values())


def standing_for(answer: Row) -> str:
    """Its result; what failed is a result of its own."""
    return f"failed {answer['sample']}" if answer["result"] is None else str(answer["result"])


def share(answers: list[Row], same: object, key: Callable[[Row], object]) -> float:
    """The share of answers whose key is the same."""
    return sum(key(one) == same for one in answers) / len(answers)


def jaccard(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    """Of two sets; 1 for two empty ones."""
    return len({*a} & {*b}) / len({*a, *b}) if a or b else 1.0


def check_agreement(choices: Choices) -> None:
    """The features of sql/result_agreement by a plain reading."""
    for choice in rows_of(choices):
        answers = [answer for answer, _ in choice]
        n = len(answers)
        sizes = Counter(standing_for(one) for one in answers)
        votes = {name: 0 if name.startswith("failed") else size for name, size in sizes.items()}
        for answer, value in choice:
            mine = standing_for(answer)
            others = [votes[name] for name in votes if name != mine]
            executed = answer["result"] is not None
            assert value["result_share"] == pytest.approx(votes[mine] / n, abs=NEAR)
            assert value["result_rank"] == 1 + sum(other > votes[mine] for other in others)
            assert value["result_lead"] == pytest.approx((votes[mine] - max(others, default=0)) / n, abs=NEAR)
            assert value["results"] == len(sizes)
            assert value["answered_share"] == pytest.approx(sum(one["result"] is not None for one in answers) / n, abs=NEAR)
            assert value["result_entropy"] == pytest.approx(
                -sum(size / n * math.log2(size / n) for size in sizes.values()), abs=NEAR
            )
            size = {
                "columns_share": lambda one: None if one["result"] is None else len(one["columns"]),
                "rows_share": lambda one: None if one["result"] is None else one["n_rows"],
                "column_names_share": lambda one: None if one["result"] is None else [c.lower() for c in one["columns"]],
            }
            for name, key in size.items():
                expected = share(answers, key(answer), key) if executed else 0
                assert value[name] == pytest.approx(expected, abs=NEAR), name
            alike = sum(
                one["result"] is not None and (one["n_rows"], len(one["columns"])) == (answer["n_rows"], len(answer["columns"]))
                for one in answers
            ) if executed else 0  # fmt: skip
            assert value["same_size_lead"] == pytest.approx((alike - votes[mine]) / n if executed else 0, abs=NEAR)


def check_results(choices: Choices) -> None:
    """The features of sql/result_shape by a plain reading."""
    for choice in rows_of(choices):
        answers = [answer for answer, _ in choice]
        there = [one for one in answers if one["result"] is not None]
        for answer, value in choice:
            if answer["result"] is None:
                assert (value["executed"], value["empty"], value["single_cell"], value["repeated_rows"]) == (0, 0, 0, 0)
                assert all(value[name] is None for name in ("rows_log", "columns", "null_share", "rows_by_median"))
            else:
                rows = json.loads(answer["preview"] or "[]")
                cells = [cell for row in rows for cell in row]
                n_rows, n_columns = answer["n_rows"], len(answer["columns"])
                numbers = [cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
                parts = {"null_share": cells.count(None), "number_share": len(numbers), "zero_share": numbers.count(0)}
                for name, count in parts.items():
                    assert value[name] == (pytest.approx(count / len(cells), abs=NEAR) if cells else None), name
                assert value["rows_log"] == pytest.approx(math.log2(1 + n_rows), abs=NEAR)
                assert (value["columns"], value["empty"]) == (n_columns, n_rows == 0)
                assert (value["single_row"], value["single_cell"]) == (n_rows == 1, n_rows == n_columns == 1)
                columns = list(zip(*(map(json.dumps, row) for row in rows), strict=True))
                assert value["constant_columns"] == sum(len(rows) > 1 and len({*column}) == 1 for column in columns)
                assert value["repeated_rows"] == (len({json.dumps(row) for row in rows}) < len(rows))
                logs = [math.log2(1 + one["n_rows"]) for one in there]
                assert value["rows_by_median"] == pytest.approx(math.log2(1 + n_rows) - median(logs), abs=NEAR)
                counts = Counter(len(one["columns"]) for one in there)
                mode = min(count for count, times in counts.items() if times == max(counts.values()))
                assert value["columns_by_mode"] == n_columns - mode
            others = [one["n_rows"] == 0 for one in answers if one is not answer and one["result"] is not None]
            assert value["empty_others"] == (pytest.approx(fmean(others), abs=NEAR) if others else None)


def check_sql(choices: Choices) -> None:
    """The features of sql/sql_agreement, and some of sql/sql_measures, by a plain reading."""
    for choice in rows_of(choices):
        shapes = [shape(answer["sql"]) for answer, _ in choice]
        for (_, value), mine in zip(choice, shapes, strict=True):
            others = [one for one in shapes if one is not mine]
            lists = {
                "tables_overlap": [jaccard(mine.tables, one.tables) for one in others],
                "columns_overlap": [jaccard(mine.columns, one.columns) for one in others],
                "conditions_overlap": [jaccard(mine.conditions, one.conditions) for one in others],
                "projection_overlap": [jaccard(mine.projection, one.projection) for one in others],
                "tables_share": [mine.tables == one.tables for one in shapes],
                "projection_share": [mine.projection == one.projection for one in shapes],
                "projection_set_share": [sorted(mine.projection) == sorted(one.projection) for one in shapes],
                "conditions_share": [mine.conditions == one.conditions for one in shapes],
                "grouping_share": [mine.grouping == one.grouping for one in shapes],
                "ordering_share": [(mine.ordering, mine.limit) == (one.ordering, one.limit) for one in shapes],
                "aggregates_share": [mine.aggregates == one.aggregates for one in shapes],
                "skeleton_share": [mine.skeleton == one.skeleton for one in shapes],
            }
            for name, found in lists.items():
                assert value[name] == pytest.approx(fmean(found) if found else 1, abs=NEAR), name
            assert (value["tables"], value["joins"], value["conditions"]) == (len(mine.tables), mine.joins, len(mine.conditions))
            assert value["tables_more"] == pytest.approx(len(mine.tables) - fmean(len(s.tables) for s in shapes), abs=NEAR)
            assert value["limited_more"] == pytest.approx(
                (mine.limit is not None) - fmean(s.limit is not None for s in shapes), abs=NEAR
            )


@pytest.mark.parametrize("gate", ["exec_ok", "critique", "always"])
def test_every_value_is_within_its_type(judged: store.Lake, gate: str) -> None:
    """A share is from 0 to 1, a flag 0 or 1, a count a whole number, a rank a whole number from 1; none is nan or infinite."""
    for run in ("large", "mats_rollouts"):
        values = compute(reading.choices(seen_of(judged, run, gate)))
        for feature in features():
            column = values[feature.name].drop_nulls()
            assert column.is_finite().all(), feature
            whole = (column == column.round()).all()
            if feature.type == "share":
                assert ((column >= 0) & (column <= 1)).all(), feature
            elif feature.type == "flag":
                assert column.is_in([0.0, 1.0]).all(), feature
            elif feature.type == "count":
                assert whole, feature
                assert (column >= 0).all(), feature
            elif feature.type == "rank":
                assert whole, feature
                assert (column >= 1).all(), feature


@pytest.mark.slow
def test_values_equal_a_plain_reading(judged: store.Lake) -> None:
    """Agreement of results and of SQL, shapes of results and of SQL, for every answer of two runs, with draws."""
    for run, draws in (("small", 1), ("mats_rollouts", 0)):
        choices = reading.choices(seen_of(judged, run), draws=draws)
        check_agreement(choices)
        check_results(choices)
        check_sql(choices)


RESULTS = (
    ("a", []),
    ("b", [[None, 0]]),
    ("c", [[1, 0.0], [1, "x"]]),
    ("d", [["x"], ["x"], [None]]),
    ("e", [["null"]]),
    ("f", [["0"]]),
)
RESULT = st.none() | st.sampled_from(RESULTS)
SQL = st.sampled_from(
    [
        None,
        "SELECT a FROM t",
        "select A, b from T as x where x.c = 1 and d = 2 limit 1",
        "SELECT b, a FROM t JOIN u ON t.id = u.id WHERE d = 2 ORDER BY a LIMIT 1",
        "SELECT b FROM u UNION SELECT c FROM t",
        "not SQL",
    ]
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(RESULT, SQL), min_size=1, max_size=5), min_size=1, max_size=3))
def test_made_up_choices_equal_a_plain_reading(demo: Choices, made: list[list[tuple[Any, str | None]]]) -> None:
    """Any mixture of results and SQL, a choice of one answer among them."""
    rows = []
    for choice, answers in enumerate(made):
        for sample, (result, sql) in enumerate(answers):
            name, shown = result or (None, None)
            names = None if shown is None else [f"C{place}" for place in range(len(shown[0]) if shown else 2)]
            n_rows = None if shown is None else len(shown)
            rows.append((choice, sample, name, names, n_rows, None if shown is None else json.dumps(shown), sql))
    kinds = {"choice": pl.UInt32, "sample": pl.Int16, "result": pl.String, "columns": pl.List(pl.String), "n_rows": pl.Int64}
    frame = pl.DataFrame(rows, schema={**kinds, "preview": pl.String, "sql": pl.String}, orient="row")
    first = demo.answers.head(1).drop(frame.columns)
    answers = frame.join(first, how="cross").with_columns(
        candidate=pl.format("{} {}", "choice", "sample"), position=pl.col("choice").cast(pl.Int32)
    )
    questions = demo.questions.head(1).drop("choice").join(frame.select("choice").unique(maintain_order=True), how="cross")
    choices = Choices(questions, with_votes(answers))
    check_agreement(choices)
    check_results(choices)
    check_sql(choices)


@pytest.fixture(scope="module")
def demo(judged_folder: Path) -> Choices:
    """The choices of one run."""
    with store.open(judged_folder, create=False) as lake:
        return reading.choices(seen_of(lake, "large"))


def near(a: pl.DataFrame, b: pl.DataFrame) -> bool:
    """Whether two frames of features say the same, whatever the order of their rows."""
    key = ["choice", "candidate"]
    ours, theirs = (frame.sort(key) for frame in (a, b))
    if not ours.select(key).equals(theirs.select(key)):
        return False
    pairs = ((ours[name].fill_null(-9.75), theirs[name].fill_null(-9.75)) for name in ours.columns[len(key) :])
    return all(((mine - other).abs() <= NEAR).all() for mine, other in pairs)


def test_draws_beside_it_change_nothing(judged: store.Lake) -> None:
    """The features of a whole choice are the same whether draws of it are computed with it or not."""
    seen = seen_of(judged, "mats_rollouts")
    with_draws, without = reading.choices(seen, draws=2), compute(reading.choices(seen))
    place = with_draws.questions.filter(pl.col("draw") == 0).select("choice").with_row_index("number")
    found = compute(with_draws).join(place, on="choice", how="inner").drop("choice").rename({"number": "choice"})
    assert near(found.select(without.columns), without)


def test_order_of_rows_does_not_matter(judged: store.Lake) -> None:
    """Answers in another order have the same features."""
    choices = reading.choices(seen_of(judged, "mats_rollouts"), draws=1)
    shuffled = (frame.sample(fraction=1, shuffle=True, seed=1) for frame in (choices.questions, choices.answers))
    assert near(compute(choices), compute(Choices(*shuffled)))


def test_other_questions_do_not_matter(judged: store.Lake) -> None:
    """A question alone has the features that it has among all."""
    choices = reading.choices(seen_of(judged, "mats_rollouts"))
    every = compute(choices)
    for choice in (0, 17, 60):
        own = pl.col("choice") == choice
        assert near(every.filter(own), compute(Choices(choices.questions.filter(own), choices.answers.filter(own))))


def test_one_answer(demo: Choices) -> None:
    """A choice of one: it agrees with itself, and differs from no mean."""
    answers = with_votes(demo.answers.filter(pl.col("sample") == 0).drop("votes"))
    values = compute(Choices(demo.questions, answers))
    assert len(values) == 72
    executed = (answers["result"].is_not_null()).cast(pl.Float32)
    assert values["result_share"].to_list() == values["result_lead"].to_list() == executed.to_list()
    for feature in features():
        if feature.name.endswith("_overlap"):
            assert values[feature.name].unique().to_list() == [1]
        if feature.name.endswith("_more"):
            assert values[feature.name].unique().to_list() == [0]
    assert values["empty_others"].null_count() == 72


def test_nothing_to_choose(demo: Choices) -> None:
    """No choice gives no row and all columns."""
    found = compute(Choices(demo.questions.head(0), demo.answers.head(0)))
    assert found.shape == (0, 2 + len(features()))


def test_opinions(demo: Choices) -> None:
    """Critiques as Laplace's estimate, by the answer and by its result; log-probabilities by token, and their rank."""
    made = demo.answers.filter(pl.col("choice") == 0).head(4).with_columns(
        result=pl.Series(["a", "a", None, "b"]),
        approvals=pl.Series([2, 0, 0, 0]),
        doubts=pl.Series([1, 3, 0, 1]),
        logprob=pl.Series([-4.0, -1.0, -8.0, None]),
        tokens=pl.Series([4, 2, 0, 5]),
        finish=pl.Series(["length", "stop", None, "stop"]),
    )  # fmt: skip
    values = compute(Choices(demo.questions.head(1), with_votes(made)))
    assert values["approval"].to_list() == pytest.approx([3 / 5, 1 / 5, None, 1 / 3])
    assert values["result_approval"].to_list() == pytest.approx([2 / 5, 2 / 5, None, 1 / 3])
    assert values["token_logprob"].to_list() == [-1.0, -0.5, None, None]
    assert values["logprob_rank"].to_list() == [2, 1, None, None]
    assert values["result_logprob"].to_list() == [-0.5, -0.5, None, None]
    assert values["cut_off"].to_list() == [1, 0, 0, 0]


def test_without_databases(demo: Choices) -> None:
    """Where no SQL could be executed there is no agreement of results; that of the SQL is as before."""
    none = demo.answers.with_columns(
        *(pl.lit(None, demo.answers.schema[name]).alias(name) for name in ("result", "preview", "columns", "n_rows", "database")),
        status=pl.lit("no_database"),
    )
    bare = Choices(
        demo.questions.with_columns(schema=pl.lit(None, pl.String), database=pl.lit(None, demo.questions.schema["database"])),
        with_votes(none.drop("votes")),
    )
    values, before = compute(bare), compute(demo)
    assert values["result_share"].unique().to_list() == [0]
    assert values["result_entropy"].unique().to_list() == pytest.approx([3])
    assert values["joins_declared"].null_count() == len(values)
    same = ("tables_overlap", "skeleton_share", "conditions_more", "texts_said", "asks_count", "joins_by_name")
    assert near(values.select("choice", "candidate", *same), before.select("choice", "candidate", *same))
