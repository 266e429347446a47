"""BIRD predictions: one JSON object from the position of the question, or its id, to `SQL<TAB>----- bird -----<TAB>db_id`."""

import msgspec

from text2sql_data.exporters.model import Answer, Left, Predictions, RunExportError

_SEPARATOR = "\t----- bird -----\t"


def text(answer: Answer, left: Left) -> str | None:
    """One member of the object. A question that the run does not have, or not in this sample, has none."""
    return _member(answer, str(answer.position), left)


def text_by_id(answer: Answer, left: Left) -> str | None:
    """The same under the id of the question.

    Raises:
        RunExportError: The question has no id.
    """
    if answer.question_id is None:
        raise RunExportError(f"The question at position {answer.position} has no question_id.", "Leave --key out.")
    return _member(answer, answer.question_id, left)


def _member(answer: Answer, key: str, left: Left) -> str | None:
    if not answer.answered:
        return None
    sql = answer.sql or ""
    if sql != sql.strip():
        left["SQL without the white space around it"] += 1
    if _SEPARATOR in sql:
        raise RunExportError(
            f"The SQL of position {answer.position} holds the separator of the format.", "Export another format, such as spider."
        )
    value = f"{sql.strip()}{_SEPARATOR}{answer.db_id}"
    return f"  {msgspec.json.encode(key).decode()}: {msgspec.json.encode(value).decode()}"


FORMAT = Predictions("bird", text, begin="{\n", between=",\n", end="\n}\n")
BY_ID = FORMAT._replace(text=text_by_id)
