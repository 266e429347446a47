"""Progress of a rollout: on a terminal a bar with tokens a second and the time that remains, on a pipe a line a minute."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from store import output
from store.progress import Advance, bar
from text2sql_data.rollouts.asking import Tally

_EVERY = 60.0  # seconds

Started = Callable[[str, int | None], contextlib.AbstractContextManager[Advance]]
"""Called as a stage or an execution starts, with what it is and how much there is to do; what it yields is told what is done."""


def shown(tally: Tally) -> Started:
    """Shows the progress of the stages of one run."""

    @contextlib.contextmanager
    def started(what: str, total: int | None) -> Iterator[Advance]:
        def note() -> str:
            if what == "executing":
                return ""
            prompt, completion = tally.prompt_tokens.total(), tally.completion_tokens.total()
            return f"{tally.tokens_per_second:,.0f} tokens/s, {prompt:,} prompt and {completion:,} completion tokens"

        with bar(what, total, unit="SQL" if what == "executing" else "completions", note=note) as advance:
            yield advance if sys.stderr.isatty() else _lines(what, total, note)

    return started


def _lines(what: str, total: int | None, note: Callable[[], str]) -> Advance:
    began = last = time.monotonic()
    count = 0

    def advance(done: int) -> None:
        nonlocal count, last
        count += done
        now = time.monotonic()
        if now - last >= _EVERY:
            last = now
            left = f", {(total - count) * (now - began) / count / 60:,.0f} min left" if total and count else ""
            output.note(f"{what}: {count:,} of {total or '?':,} done, {note()}{left}")

    return advance
