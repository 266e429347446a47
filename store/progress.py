"""Progress of long work: a bar with rate and remaining time on a terminal, nothing on a pipe."""

import contextlib
import sys
from collections.abc import Callable, Iterator

Advance = Callable[[int], None]


@contextlib.contextmanager
def bar(
    what: str, total: int | None, *, unit: str = "", in_bytes: bool = False, note: Callable[[], str] | None = None
) -> Iterator[Advance]:
    """A progress bar on stderr; the value is to be called with how much more was done.

    Args:
        what: What is being done.
        total: How much there is to do; None when that is not known.
        unit: What is counted, such as "SQL".
        in_bytes: Count bytes.
        note: Says something more, whenever the bar is drawn.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Units a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} {unit}/s" if task.speed else "")

    class Note(ProgressColumn):
        """What the caller says."""

        def render(self, task: Task) -> Text:  # noqa: ARG002 - the same for every task
            return Text(note() if note else "")

    counting: list[ProgressColumn] = [DownloadColumn(), TransferSpeedColumn()] if in_bytes else [MofNCompleteColumn(), Rate()]
    columns = [TextColumn("{task.description}"), BarColumn(), *counting, Note(), TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)


@contextlib.contextmanager
def busy(what: str) -> Iterator[None]:
    """Says on a terminal what is being done and for how long, where nobody knows how much there is to do."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as progress:
        progress.add_task(what, total=None)
        yield
