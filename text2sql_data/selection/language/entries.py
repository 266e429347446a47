"""What there is to compare in a choice: one candidate a result, or one a SQL, with all those that it stands for."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from text2sql_data.selection.model import Choices

Row = Mapping[str, Any]


class Question(NamedTuple):
    """A choice, as rows.

    Attributes:
        choice: Its number.
        row: The row of its question.
        answers: The rows of its answers, in the order of the samples.
    """

    choice: int
    row: Row
    answers: Sequence[Row]


class Entry(NamedTuple):
    """One that is compared.

    Attributes:
        shown: The answer that prompts show: that of the lowest sample with that result (or SQL) which the question has.
        members: The candidates that it stands for, itself included.
    """

    shown: Row
    members: tuple[str, ...]

    @property
    def votes(self) -> int:
        """How many it stands for."""
        return len(self.members)


def questions(choices: "Choices") -> Iterator[Question]:
    """The choices one by one, in their order."""
    answers: dict[int, list[Row]] = {}
    for answer in choices.answers.iter_rows(named=True):
        answers.setdefault(answer["choice"], []).append(answer)
    for row in choices.questions.iter_rows(named=True):
        yield Question(row["choice"], row, answers.get(row["choice"], []))


def entries(choices: "Choices", compare: Literal["results", "all"]) -> Iterator[tuple[Question, list[Entry]]]:
    """What there is to compare in every choice, in the order of the samples; SQL that did not execute is not among it.

    A draw shows for a result what the whole question shows for it, though that may be the SQL of a sample that was not drawn:
    with another SQL for every draw, a curve would need many times the prompts.

    Args:
        choices: The choices.
        compare: results: one candidate a result; all: one a SQL.
    """
    key = "result" if compare == "results" else "sql_id"
    listed = list(questions(choices))
    shown: dict[tuple[str, int, str], Row] = {}
    for question in listed:
        for answer in question.answers:
            place = (answer["run"], answer["position"], answer[key])
            if answer["result"] is not None and answer["sample"] < shown.get(place, {"sample": math.inf})["sample"]:
                shown[place] = answer
    for question in listed:
        found: dict[str, list[Row]] = {}
        for answer in question.answers:
            if answer["result"] is not None:
                found.setdefault(answer[key], []).append(answer)
        yield (
            question,
            [
                Entry(shown[rows[0]["run"], rows[0]["position"], same], tuple(row["candidate"] for row in rows))
                for same, rows in found.items()
            ],
        )
