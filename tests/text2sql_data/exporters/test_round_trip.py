"""Made-up runs with everything that a lake can hold: what comes back of them, and what does not, in every format."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from text2sql_data import exporters, importers
from text2sql_data.exporters.exporting import Exported, Options
from text2sql_data.exporters.model import Candidate as ToExport
from text2sql_data.exporters.model import Critique as Said
from text2sql_data.exporters.model import Facts, Question, Rollouts
from text2sql_data.importers.entries import Entry, Reader
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.importers.model import Answer, Candidate, Critique, Format, Generation, Parent

Rows = Callable[[store.Lake, str], dict[str, list[tuple[Any, ...]]]]
RoundTrip = Callable[..., tuple[Exported, Path]]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12) | st.sampled_from(
    [
        "SELECT 'a\n\tb' -- c\nFROM \"t\"",
        "Conclude: incorrect.",
        "<select>one</select>\n\n<join>two</join>",
        "'",
        '"',
        "null",
        "\\u0000",
    ]
)
SQL = st.none() | TEXT
MAYBE = st.none() | TEXT
FLAG = st.none() | st.booleans()
NUMBER = st.none() | st.floats(-1e9, 1e9)
GENERATION = st.none() | st.builds(
    Generation,
    st.none() | st.fixed_dictionaries({"temperature": st.floats(0, 2), "seed": st.none() | st.integers(0, 9)}),
    NUMBER,
    st.integers(0, 10_000),
    MAYBE,
    FLAG,
)


@st.composite
def critiques(draw: st.DrawFn) -> tuple[Critique, ...]:
    """Critiques of one candidate, of known and other validators, also several of one and with holes among their ordinals."""
    validators = st.sampled_from(["select", "condition", "join", "order", "judge", "a b"])
    keys = draw(st.lists(st.tuples(validators, st.integers(0, 3)), unique=True, max_size=4))
    return tuple(Critique(name, draw(TEXT), draw(MAYBE), ordinal, whole=True, logprob=draw(NUMBER)) for name, ordinal in keys)


@st.composite
def candidates(draw: st.DrawFn, sample: int, stage: str, step: int, parent: Parent | None) -> Candidate:
    """A candidate of a stage."""
    return Candidate(
        sample, stage, step, draw(SQL), draw(MAYBE), draw(MAYBE), draw(FLAG), draw(FLAG), draw(critiques()),
        draw(NUMBER), draw(st.none() | TEXT.filter(bool)), parent, draw(GENERATION),
    )  # fmt: skip


@st.composite
def rollouts(draw: st.DrawFn) -> list[Candidate]:
    """Planners and fixers of some samples: a sample may be missing, and a fixer not called, or called several times."""
    found = []
    for sample in draw(st.lists(st.integers(0, 4), unique=True, min_size=1, max_size=3)):
        found.append(draw(candidates(sample, "planner", 0, None)))
        for number in draw(st.lists(st.integers(1, 3), unique=True, max_size=2)):
            stage, step = ("fixer", 1) if number == 1 else (f"fixer#{number}", 1 - number)
            found.append(draw(candidates(sample, stage, step, Parent(sample, "planner"))))
    return found


@st.composite
def turns(draw: st.DrawFn) -> list[Candidate]:
    """Attempts of any stages at any steps, each made from any attempt of the step before or from none."""
    found: list[Candidate] = []
    before: list[Candidate] = []
    for step in range(draw(st.integers(1, 3))):
        stages = st.sampled_from([f"turn {step + 1}", "answer", "repair é"])
        keys = draw(st.lists(st.tuples(st.integers(0, 3), stages), unique=True, min_size=1, max_size=3))
        parents = st.sampled_from([None, *(Parent(one.sample, one.stage) for one in before)])
        taken = {(one.sample, one.stage) for one in found}
        before = [draw(candidates(*key, step, draw(parents))) for key in keys if key not in taken]
        found += before
    return found


def make(lake: store.Lake, run: str, folder: Path, made: dict[int, list[Candidate]]) -> None:
    """Put a made-up run into a lake: by the importer, whose every step but the reading is that of a real one."""

    def entries(reader: Reader, path: Path) -> Iterator[Entry]:  # noqa: ARG001 - the signature of every format
        return (Entry(position, None, b"x") for position in made)

    format_ = Format("made", "", entries, lambda entry: Answer(list(made[entry.place]), position=entry.place))
    path = folder / "made"
    path.write_bytes(b"x")
    import_runs(lake, format_, [Source(run, run, (path,))], benchmark="small")


def runs(strategy: st.SearchStrategy[list[Candidate]]) -> st.SearchStrategy[dict[int, list[Candidate]]]:
    """A run: some of the four questions, one of them perhaps without candidates."""
    return st.dictionaries(st.integers(0, 3), strategy | st.just([]), min_size=1, max_size=3).filter(
        lambda made: any(made.values())
    )


def through(format_name: str, made: list[Candidate]) -> tuple[list[Candidate], Counter[str]]:
    """The candidates of one question through the line of a format, as its importer gives them, and what was left out."""
    exporter = next(one for one in exporters.FORMATS if isinstance(one, Rollouts) and one.name == format_name)
    importer = next(one for one in importers.FORMATS if one.name == format_name)
    facts = Facts(3, "13", "d", None, "How many?", "", "SELECT 1", None, None)
    found = [
        ToExport(
            UUID(int=number), one.sample, one.stage, one.step, one.sql, one.completion, one.prompt, one.parent, one.correct, None,
            one.claimed_ok, one.claimed_error, one.claimed_ms, None, None, None,
            msgspec.structs.asdict(one.generation) if one.generation else None,
            [Said(said.validator, said.ordinal or 0, said.text, said.prompt, said.logprob) for said in one.critiques],
        )
        for number, one in enumerate(sorted(made, key=lambda one: (one.step, one.sample)))
    ]  # fmt: skip
    left: Counter[str] = Counter()
    line = exporter.line(Question(facts, found), left)
    assert line is not None
    assert len(line.held) == len(made)
    content = msgspec.json.encode(line.content)
    assert b"\n" not in content
    answer = importer.answer(Entry(1, None, content))
    assert (answer.position, answer.db_id, answer.question, answer.samples) == (3, "d", "How many?", "all")
    # The import itself keeps a question without candidates as one without SQL.
    return answer.candidates or [Candidate(0, "answer", 0, None)], +left


def comparable(made: list[Candidate], *, without_claims: bool = False) -> list[Candidate]:
    """Candidates in one order, with critiques in one order and form, less the times and errors of the source."""
    found = []
    for one in made:
        said = sorted((said.validator, said.ordinal or 0, said.text, said.prompt, said.logprob) for said in one.critiques)
        parent = one.parent or (Parent(one.sample, "planner") if one.stage == "fixer" else None)
        critiques = tuple(
            Critique(name, text, prompt, ordinal, whole=True, logprob=logprob) for name, ordinal, text, prompt, logprob in said
        )
        found.append(one._replace(critiques=critiques, parent=parent))
    if without_claims:
        found = [one._replace(claimed_ms=None, claimed_error=None) for one in found]
    return sorted(found, key=lambda one: (one.sample, one.stage))


@given(made=rollouts())
def test_a_line_of_mats(made: list[Candidate]) -> None:
    """Planners, fixers and critiques of a question come back, nulls in their place, but not the source's times and errors."""
    back, left = through("mats", made)
    assert comparable(back) == comparable(made, without_claims=True)
    assert set(left) <= {"samples that the run lacks: null in their place"}


@pytest.mark.parametrize("format_name", ["trajectories", "grpo"])
@given(made=turns())
def test_a_line_of_turns(format_name: str, made: list[Candidate]) -> None:
    """Attempts of any stage at any step come back; an empty SQL as none, which is counted."""
    back, left = through(format_name, made)
    assert comparable(back) == comparable([one._replace(sql=one.sql or None) for one in made])
    empty = sum(one.sql == "" for one in made)
    assert left == ({"empty SQL: no SQL": empty} if empty else {})


NUMBERS = iter(range(10**6))
MANY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.slow
@MANY
@given(made=runs(rollouts()))
def test_mats(small: store.Lake, rows: Rows, round_trip: RoundTrip, tmp_path: Path, made: dict[int, list[Candidate]]) -> None:
    """Planners and fixers come back with everything but the source's own times and error messages."""
    run, back = f"r{next(NUMBERS)}", f"back{next(NUMBERS)}"
    make(small, run, tmp_path, made)
    done, _ = round_trip(small, run, "mats", "small", back=back)
    before, after = rows(small, run), rows(small, back)
    assert after["candidates"] == [(*row[:-2], None, None) for row in before["candidates"]]
    assert {table: after[table] for table in after if table != "candidates"} == {
        table: before[table] for table in before if table != "candidates"
    }
    missing = sum(max(one.sample for one in found) + 1 - len({one.sample for one in found}) for found in made.values() if found)
    assert done.left == ({"samples that the run lacks: null in their place": missing} if missing else {})


@pytest.mark.parametrize("format_name", ["trajectories", "grpo"])
@pytest.mark.slow
@MANY
@given(made=runs(turns()))
def test_turns(
    small: store.Lake, rows: Rows, round_trip: RoundTrip, tmp_path: Path, format_name: str, made: dict[int, list[Candidate]]
) -> None:
    """Attempts of any stage come back, but an empty SQL, which these formats use for none, and says so."""
    run, back = f"r{next(NUMBERS)}", f"back{next(NUMBERS)}"
    make(small, run, tmp_path, made)
    done, _ = round_trip(small, run, format_name, "small", back=back)
    before, after = rows(small, run), rows(small, back)
    expected = sorted(
        ((*row[:6], None, None, *row[8:]) if row[6] == "" else row for row in before["candidates"]), key=lambda row: row[:3]
    )
    assert sorted(after["candidates"], key=lambda row: row[:3]) == expected
    assert {table: after[table] for table in after if table != "candidates"} == {
        table: before[table] for table in before if table != "candidates"
    }
    empty = sum(one.sql == "" for found in made.values() for one in found)
    assert done.left == ({"empty SQL: no SQL": empty} if empty else {})


@pytest.mark.slow
@MANY
@given(made=runs(rollouts() | turns()), sample=st.integers(0, 2))
def test_bird(
    small: store.Lake, rows: Rows, round_trip: RoundTrip, tmp_path: Path, made: dict[int, list[Candidate]], sample: int
) -> None:
    """The first SQL of a sample comes back without the white space around it, and all that is not there is counted."""
    run, back = f"r{next(NUMBERS)}", f"back{next(NUMBERS)}"
    first = Candidate(sample, "answer", 0, "SELECT 1")
    made = {
        position: found if sample in {one.sample for one in found if one.step == 0} else [first]
        for position, found in made.items()
    }
    make(small, run, tmp_path, made)
    done, _ = round_trip(small, run, "bird", "small", Options(sample=sample), back=back)
    taken = {
        position: min((one for one in found if (one.sample, one.step) == (sample, 0)), key=lambda one: one.stage.encode())
        for position, found in made.items()
    }
    assert [(row[0], row[1], row[2], row[6]) for row in rows(small, back)["candidates"]] == [
        (position, 0, "answer", (one.sql or "").strip() or None) for position, one in sorted(taken.items())
    ]
    held = rows(small, run)
    expected = {
        "SQL without the white space around it": sum((one.sql or "") != (one.sql or "").strip() for one in taken.values()),
        "questions that the run lacks": 4 - len(made),
        "other candidates": len(held["candidates"]) - len(made),
        "critiques": len(held["critiques"]),
    }
    assert done.left == {what: number for what, number in expected.items() if number}
    assert (done.questions, done.candidates) == (len(made), len(made))
