"""Exit code 3 of the commands that build datasets: a check of the recipe said no, and what it found is told."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from text2sql_data.datasets.auditing import TooLongError
    from text2sql_data.datasets.overlaps import OverlapError

REFUSED = 3


@contextlib.contextmanager
def refusing(context: click.Context, *, as_json: bool) -> Iterator[None]:
    """End the command with exit code 3 when a dataset overlaps with what it must keep away from, or its rows are too long.

    Args:
        context: The command.
        as_json: Say what was found as JSON as well, on stdout.
    """
    from text2sql_data.datasets.auditing import TooLongError
    from text2sql_data.datasets.overlaps import OverlapError

    try:
        yield
    except (OverlapError, TooLongError) as refused:
        _say(refused, as_json=as_json)
        context.exit(REFUSED)


def _say(refused: "OverlapError | TooLongError", *, as_json: bool) -> None:
    """Say what was found: for a program on stdout, for a person as an error with its hint."""
    from store import output
    from text2sql_data.datasets.overlaps import OverlapError

    if as_json:
        found: dict[str, object] = (
            {"shared": [one._asdict() for one in refused.shared]}
            if isinstance(refused, OverlapError)
            else {"audit": refused.report}
        )
        output.json_line({"error": refused.message.partition("\n")[0], **found})
    output.note(output.visible(f"error: {refused.message}"))
    output.note(f"hint: {refused.hint}")
