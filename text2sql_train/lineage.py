"""The lineage of a model: the pins that it and the models before it learnt from, and the proof that nobody is judged on them.

Rows are compared as they stand in the lake: by prompt, by place and normalised text of the question, by name and bytes of the
database. A paraphrase is not found.
"""

import textwrap
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from store import StoreError, pins
from text2sql_data.datasets.questions import question_key
from text2sql_data.datasets.source import stage_rows

if TYPE_CHECKING:
    from store import Lake
    from store.pins import Pin
    from text2sql_train.recipe import Recipe

_SQL = files("text2sql_train") / "sql"
_LISTED = 10
_SHOWN = 60


class TrainingLeakError(StoreError, ValueError):
    """A model would be evaluated on what it learns from.

    Attributes:
        shared: All that is shared.
    """

    def __init__(self, shared: "Sequence[Shared]") -> None:
        lines = [f"  {line(one)}" for one in shared[:_LISTED]]
        if len(shared) > _LISTED:
            lines.append(f"  ... and {len(shared) - _LISTED} more")
        super().__init__(
            "\n".join(["The rows of the training are not apart from those that it is judged on:", *lines]),
            "Pin a dataset with against: [BENCHMARK], or with the split of the model's earlier pins (the same split.seed); to"
            " allow shared databases, set overlap_by: [question, text], or pin with split: {by: question}.",
        )
        self.shared = list(shared)

    def __reduce__(self) -> "tuple[type[TrainingLeakError], tuple[list[Shared]]]":
        """How it is pickled: by what it is made from."""
        return TrainingLeakError, (self.shared,)


class Shared(NamedTuple):
    """What a split of a pin shares with what is evaluated.

    Attributes:
        match: prompt, question, text, database or content: in which way it is the same.
        judged_on: A split of the pin, or a benchmark.
        pin: The pin that was learnt from: that of the training, or of a model before it.
        split: Its split.
        questions: Questions that are shared, or whose database is.
        examples: Some texts of questions, or names of databases.
    """

    match: str
    judged_on: str
    pin: str
    split: str
    questions: int
    examples: list[str]


def line(one: Shared) -> str:
    """What is shared, on a line, for people."""
    examples = "; ".join(textwrap.shorten(str(example), _SHOWN, placeholder=" ...") for example in one.examples)
    return f"{one.match}: {one.questions:,} of {one.pin}, split {one.split}, with {one.judged_on}: {examples}"


def require_apart(lake: "Lake", recipe: "Recipe", pin: "Pin", earlier: Sequence[str]) -> None:
    """Prove that what is learnt is apart from what is evaluated.

    The rows of `train` of the pin, and of the pins of the models before this one, share no prompt and no question with the other
    splits of the pin and, where it is divided by database, no database. They and those of `validation` share nothing with the
    benchmarks of the recipe. Those of the pin's own `against` were looked at when it was built.

    Args:
        lake: The lake.
        recipe: The training.
        pin: Its pin.
        earlier: The pins of the models that it begins with, as name@version.

    Raises:
        TrainingLeakError: Something is shared.
    """
    if shared := look(lake, pin, earlier, against=recipe.against, by=recipe.overlap_by):
        raise TrainingLeakError(shared)


def look(lake: "Lake", pin: "Pin", earlier: Sequence[str], *, against: Sequence[str], by: Sequence[str]) -> list[Shared]:
    """What is shared; see `require_apart`."""
    for benchmark in against:
        if lake.sql("SELECT 1 FROM benchmarks WHERE benchmark = $name LIMIT 1", name=benchmark).fetchone() is None:
            known = ", ".join(name for (name,) in lake.sql("SELECT DISTINCT benchmark FROM benchmarks ORDER BY 1").fetchall())
            raise StoreError(f"There is no benchmark {benchmark} in the lake, which `against` names.", f"There are: {known}.")
    others = [pins.find(lake, ref) for ref in dict.fromkeys(earlier) if ref != pin.ref]
    with lake.scratch() as scratch:
        lines = [(pin.name, pin.version, True), *((one.name, one.version, False) for one in others)]
        stage_rows(scratch, "lineage_pins", ("name VARCHAR", "version INTEGER", "own BOOLEAN"), lines)
        known_questions = scratch.execute((_SQL / "lineage_questions.sql").read_text("utf-8"), against=list(against)).fetchall()
        keys = [
            (benchmark, revision, position, question_key(text, benchmark, revision, position))
            for benchmark, revision, position, text in known_questions
        ]
        columns = ("benchmark VARCHAR", "revision VARCHAR", "position INTEGER", "key VARCHAR")
        stage_rows(scratch, "question_keys", columns, keys)
        found = scratch.execute(
            (_SQL / "shared_with_training.sql").read_text("utf-8"),
            against=list(against),
            by=list(by),
            by_database=_by_database(pin),
        ).fetchall()
    return [Shared(*row) for row in found]


def _by_database(pin: "Pin") -> bool:
    """Whether the pin's splits have no database in common, by its recipe."""
    recipe = pin.recipe if isinstance(pin.recipe, dict) else {}
    split = recipe.get("split")
    return not isinstance(split, dict) or split.get("by", "database") == "database"
