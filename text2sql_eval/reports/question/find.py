"""Which question is meant: a position, or `id:` and its question id. Ids repeat in published files; then positions are said."""

from importlib.resources import files
from typing import Any

from store import Lake
from store.lake import Parameter
from text2sql_data.benchmarks.adding import current_revision
from text2sql_data.lookups import QuestionNotFoundError

_SQL = files("text2sql_eval") / "reports" / "question" / "sql"


def text(name: str) -> str:
    """One of the queries of the page."""
    return (_SQL / f"{name}.sql").read_text("utf-8")


def rows(lake: Lake, name: str, **parameters: Parameter) -> list[dict[str, Any]]:
    """The rows of one of the queries."""
    result = lake.sql(text(name), **parameters)
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def find(lake: Lake, benchmark: str, question: str) -> dict[str, Any]:
    """The question, in the latest revision of the benchmark.

    A number is a position where there is one of that number; what is no position is looked for among the ids.

    Args:
        lake: The lake.
        benchmark: Its benchmark.
        question: Its position, its id, or `id:` and its id.

    Raises:
        NameNotFoundError: There is no such benchmark.
        QuestionNotFoundError: There is no such question, or several have the id.
    """
    current_revision(lake, benchmark)
    asked = question.removeprefix("id:")
    position = int(asked) if asked == question and asked.isdecimal() else None
    found = rows(lake, "question", benchmark=benchmark, position=position, question_id=None if position is not None else asked)
    if not found and position is not None:
        found = rows(lake, "question", benchmark=benchmark, position=None, question_id=asked)
    if not found:
        raise QuestionNotFoundError(
            f"{benchmark} has no question {question}.", "Give a position from 0, or id: and a question id, such as id:17."
        )
    if len(found) > 1:
        places = ", ".join(str(row["position"]) for row in found)
        raise QuestionNotFoundError(f"{benchmark} has several questions {question}.", f"Give one of the positions {places}.")
    return found[0]
