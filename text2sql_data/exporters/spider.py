"""Spider predictions: one SQL a line in the order of the questions; an empty line for a question without SQL."""

from text2sql_data.exporters.model import Answer, Left, Predictions, RunExportError
from text2sql_data.exporters.one_line import SeveralLinesError, one_line


def text(answer: Answer, left: Left) -> str:
    """One line. A question that the run does not have, or not in this sample, is an empty one: the format has no ids.

    Raises:
        RunExportError: The SQL has a line break or a tab inside a literal or a quoted name.
    """
    sql = answer.sql or ""
    try:
        line = one_line(sql)
    except SeveralLinesError as error:
        raise RunExportError(
            f"The SQL of position {answer.position} cannot stand on one line of the format: {error}.",
            "Export --format bird, which holds it.",
        ) from error
    if answer.asked and answer.answered and not line:
        left["questions without SQL: empty lines"] += 1
    if line != sql:
        left["SQL put on one line, or without the white space around it"] += 1
    return f"{line}\n"


FORMAT = Predictions("spider", text)
