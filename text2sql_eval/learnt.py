"""What the models of runs learnt from: a figure over such questions is refused unless it is asked for, and then says so.

A question is the same by its place in the benchmark, or by its normalised text about a database that is not known to be another,
in the splits `train` and `validation` of every pin of a model's lineage. A paraphrase is not found. Shared databases are not
refused, and said. Where no run is named, runs over such questions are left out instead, which is said.
"""

import textwrap
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake, QueryError, StoreError
from store.scratch import Scratch
from store.tables import views
from text2sql_data.datasets.questions import question_key
from text2sql_data.datasets.source import stage_rows

_SQL = files("text2sql_eval") / "sql"
_LISTED = 10
_SHOWN = 60

ALLOW = "--allow-trained"


class Learnt(NamedTuple):
    """What one model of a run learnt from one pin, of the questions that are counted of the run.

    Attributes:
        run: The run.
        model: The model of the lake, as name@version.
        pin: A pin of its lineage, as name@version.
        questions: Counted questions that the model, or one before it, learnt from or was chosen by.
        databases: Databases of counted questions that those of the pin are about as well.
        counted: Questions that are counted of the run.
        unknown: Rows of the pin of which the lake does not know the question.
        examples: Some of the questions.
    """

    run: str
    model: str
    pin: str
    questions: int
    databases: int
    counted: int
    unknown: int
    examples: list[str]


class Looked(NamedTuple):
    """What was found of the models of runs.

    Attributes:
        learnt: What those of the runs that count learnt.
        left_out: Why runs are to be left out; empty where runs are named.
    """

    learnt: list[Learnt]
    left_out: list[Learnt]

    @property
    def runs(self) -> list[str]:
        """The runs that are to be left out."""
        return list(dict.fromkeys(one.run for one in self.left_out))


class TrainedQuestionsError(StoreError, ValueError):
    """Figures would count questions that the models of the runs were trained on.

    Attributes:
        found: What is shared.
    """

    exit_code = 3

    def __init__(self, found: Sequence[Learnt]) -> None:
        shared = [one for one in found if one.questions]
        lines = [f"  {_line(one)}" for one in shared[:_LISTED]]
        if len(shared) > _LISTED:
            lines.append(f"  ... and {len(shared) - _LISTED} more")
        super().__init__(
            "\n".join(["These runs would be judged on questions that their models were trained on:", *lines]),
            "Name other runs, or roll out on questions that no pin of the model has (t2s model show MODEL lists its lineage); to"
            f" count these all the same, which every figure then says: {ALLOW}",
        )
        self.found = list(found)

    def __reduce__(self) -> "tuple[type[TrainedQuestionsError], tuple[list[Learnt]]]":
        """How it is pickled: by what it is made from."""
        return (type(self), (self.found,))


def _line(one: Learnt) -> str:
    examples = "; ".join(textwrap.shorten(example, _SHOWN, placeholder=" ...") for example in one.examples)
    return (
        f"{one.run}: {one.questions:,} of {one.counted:,} questions are in {one.pin}, of the lineage of its model {one.model}: "
        f"{examples}"
    )


def sentence(one: Learnt) -> str:
    """What a person has to know of a run's figures."""
    return f"{one.run}: {without_run(one)}"


def without_run(one: Learnt) -> str:
    """The same, where the run is named beside."""
    of_databases = f"{one.databases:,} database{'s' if one.databases != 1 else ''}"
    if one.questions:
        said = (
            f"its model {one.model} learnt from {one.pin}, or was chosen by it, and {one.questions:,} of the "
            f"{one.counted:,} questions that count, on {of_databases}, are in it; its figures are too good."
        )
    else:
        said = (
            f"its model {one.model} learnt from {one.pin}, which has none of the {one.counted:,} questions that "
            f"count, and {of_databases} of theirs."
        )
    if one.unknown:
        said += f" Of {one.unknown:,} rows of {one.pin} nobody knows which question they are about."
    return said


def left_out_sentences(found: Sequence[Learnt]) -> list[str]:
    """What a person has to know of runs that were left out: one sentence a run, of the pin that has most of its questions."""
    worst: dict[str, Learnt] = {}
    for one in found:
        if one.run not in worst or one.questions > worst[one.run].questions:
            worst[one.run] = one
    said = [
        f"{one.run} is left out: {one.questions:,} of {one.counted:,} questions that would count are in {one.pin}, of the "
        f"lineage of its model {one.model}; {ALLOW} counts it."
        for one in list(worst.values())[:_LISTED]
    ]
    if len(worst) > _LISTED:
        names = ", ".join(list(worst)[_LISTED:])
        said.append(f"Left out too, for their models were trained on questions that would count: {names}; {ALLOW} counts them.")
    return said


def as_json(found: Sequence[Learnt]) -> dict[str, list[dict[str, object]]]:
    """What reports keep of it, by run."""
    of: dict[str, list[dict[str, object]]] = {}
    for one in found:
        said = {name: value for name, value in one._asdict().items() if name != "run"}
        of.setdefault(one.run, []).append(said)
    return of


def from_json(said: dict[str, list[dict[str, object]]]) -> list[Learnt]:
    """What a report kept of it."""
    return [Learnt(run=run, **one) for run, of in said.items() for one in of]  # type: ignore[arg-type]


def look(lake: Lake, scratch: Scratch, counted: str, *, allow: bool, named: bool = True) -> Looked:
    """What the models of runs learnt of the questions that are counted.

    Args:
        lake: The lake, now or at a version.
        scratch: Where the counted questions are staged.
        counted: A query over it: run, benchmark, revision, position.
        allow: Whether questions of the training may be counted.
        named: Whether the runs were named. Of all runs of a lake, those that share questions are to be left out.

    Returns:
        One entry a run, model and pin that share something, in that order. The caller leaves out what is to be.

    Raises:
        TrainedQuestionsError: Questions are shared, that is not allowed, and the runs were named or no other is left.
    """
    found = _found(lake, scratch, counted)
    shared = [one for one in found if one.questions]
    if allow or not shared:
        return Looked(found, [])
    runs = list(dict.fromkeys(one.run for one in shared))
    others = f"SELECT 1 FROM ({counted}) WHERE NOT list_contains($runs::VARCHAR[], run) LIMIT 1"
    if named or scratch.execute(others, runs=runs).fetchone() is None:
        raise TrainedQuestionsError(found)
    return Looked([one for one in found if one.run not in runs], shared)


def _found(lake: Lake, scratch: Scratch, counted: str) -> list[Learnt]:
    if not _has_models(lake):
        return []
    # The views' own SELECTs: a lake at an earlier version may lack the views.
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE run_models AS {views()['run_models'].select}")
    scratch.execute(
        "CREATE OR REPLACE TEMP TABLE learning_counted AS "
        f"SELECT DISTINCT run, benchmark, revision, position FROM ({counted}) WHERE run IN (SELECT run FROM run_models)"
    )
    if scratch.execute("SELECT 1 FROM learning_counted LIMIT 1").fetchone() is None:
        return []
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE model_pins AS {views()['model_pins'].select}")
    asked = scratch.execute(_text("learnt_questions")).fetchall()
    keys = [(*place, question_key(text, *place)) for *place, text in asked]
    columns = ("benchmark VARCHAR", "revision VARCHAR", "position INTEGER", "key VARCHAR")
    stage_rows(scratch, "learning_keys", columns, keys)
    return [Learnt(*row) for row in scratch.execute(_text("learnt")).fetchall()]


def _has_models(lake: Lake) -> bool:
    """Whether there are models that write; a lake without them is looked at no further."""
    try:
        return lake.sql("SELECT 1 FROM models WHERE kind <> 'feature_selector' LIMIT 1").fetchone() is not None
    except QueryError:  # the lake at a version from before there were models
        return False


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
