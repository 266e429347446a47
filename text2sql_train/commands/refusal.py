"""Exit code 3 of `t2s train`: a guard said no, and what it found is told."""

import contextlib
from collections.abc import Iterator

import click

REFUSED = 3


@contextlib.contextmanager
def refusing(context: click.Context, *, as_json: bool) -> Iterator[None]:
    """End the command with exit code 3 when a guard refuses to train.

    Args:
        context: The command.
        as_json: Say what was found as JSON as well, on stdout.
    """
    from store import output
    from text2sql_data.datasets.auditing import TooLongError
    from text2sql_train.guards import TrainingRowsError
    from text2sql_train.lineage import TrainingLeakError

    try:
        yield
    except (TooLongError, TrainingRowsError, TrainingLeakError) as refused:
        if as_json:
            found: dict[str, object] = {"error": refused.message.partition("\n")[0]}
            if isinstance(refused, TrainingLeakError):
                found["shared"] = [one._asdict() for one in refused.shared]
            if isinstance(refused, TooLongError):
                found["lengths"] = refused.report
            output.json_line(found)
        output.note(output.visible(f"error: {refused.message}"))
        output.note(f"hint: {refused.hint}")
        context.exit(REFUSED)
