"""Asking models: the calls of a wave of stages, as many at a time as their clients want, and what comes back recorded.

A call that failed is noted and left out, for the next start to try again; a server that is gone, or nothing but failures, ends
the wave. What came back until then is committed.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from store import StoreError
from store.scratch import Scratch
from text2sql_data.rollouts.clients.model import CallError, Client, Reply, Request, ServerGoneError
from text2sql_data.rollouts.recording import Recorder
from text2sql_data.rollouts.stages import Stage, Work, candidate_row, critique_row

_HOPELESS = 50
"""Calls that fail one after the other before a wave gives up: something is wrong that trying will not mend."""

UNRECORDED = "not_recorded"
"""Kind of what a replay has no recording of: no fault, and not worth another try."""

_TRIES = 3  # for what a server leaves out when it gives fewer completions than were asked for

Prompt = Callable[[Stage, Work], str]
"""Renders the prompt of a stage."""


_Outcome = Reply | CallError | ServerGoneError


class HopelessError(StoreError):
    """Every call of a wave failed."""


class Tally:
    """What the calls of a run amount to, for progress and for the closing lines."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.completions: Counter[str] = Counter()
        self.prompt_tokens: Counter[str] = Counter()
        self.completion_tokens: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.unrecorded = 0

    @property
    def tokens_per_second(self) -> float:
        """Completion tokens a second since the start."""
        return self.completion_tokens.total() / max(time.monotonic() - self.began, 1e-9)


class _Call(NamedTuple):
    stage: Stage
    work: Work
    request: Request
    tries: int


class Wave(NamedTuple):
    """What the calls of a wave share."""

    clients: Mapping[str, Client]
    recorder: Recorder
    prompt: Prompt
    seed: int | None
    tally: Tally
    advance: Callable[[int], None]


async def ask(stages: Sequence[tuple[Stage, Scratch]], wave: Wave) -> None:
    """Ask for everything that stages miss; stages of one wave ask at the same time.

    Raises:
        ServerGoneError: A model's servers are gone. What came back before is committed.
        HopelessError: One call after the other failed.
    """
    tasks = [asyncio.create_task(_stage(stage, scratch, wave)) for stage, scratch in stages]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await wave.recorder.flush()


async def _stage(stage: Stage, scratch: Scratch, wave: Wave) -> None:
    client = wave.clients[stage.asker.model]
    todo = _calls(stage, scratch, wave)
    again: list[_Call] = []  # what a server left out
    running: set[asyncio.Task[tuple[_Call, _Outcome]]] = set()
    failed_in_a_row = 0
    try:
        while True:
            while len(running) < client.concurrency and (call := again.pop() if again else next(todo, None)) is not None:
                running.add(asyncio.create_task(_complete(client, call)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            outcomes = [task.result() for task in done]
            for call, outcome in outcomes:
                again += _record(call, outcome, wave)
                failed_in_a_row = failed_in_a_row + 1 if _is_fault(outcome) else 0
            for _, outcome in outcomes:
                if isinstance(outcome, ServerGoneError):  # after what came back beside it was kept
                    raise outcome
            if failed_in_a_row >= _HOPELESS:
                said = f"{failed_in_a_row} calls of the stage {stage.name} failed in a row: {outcome}"
                raise HopelessError(said, _hint(outcome))
            if wave.recorder.due:
                await wave.recorder.flush()
    finally:
        for task in running:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*running, return_exceptions=True)


def _is_fault(outcome: _Outcome) -> bool:
    return isinstance(outcome, CallError) and outcome.kind != UNRECORDED


def _calls(stage: Stage, scratch: Scratch, wave: Wave) -> Iterator[_Call]:
    for work in stage.works(scratch):
        prompt = wave.prompt(stage, work)
        for request in stage.requests(work, prompt, wave.seed):
            yield _Call(stage, work, request, 1)


async def _complete(client: Client, call: _Call) -> tuple[_Call, _Outcome]:
    try:
        return call, await client.complete(call.request)
    except (CallError, ServerGoneError) as error:
        return call, error


def _record(call: _Call, outcome: _Outcome, wave: Wave) -> list[_Call]:
    """Keep what came back; what is still missing is a call again, or in the end a failure."""
    stage, work, request, tries = call
    if isinstance(outcome, ServerGoneError):
        outcome = CallError(outcome.message, outcome.hint, kind="connection")
    if isinstance(outcome, CallError):
        wave.recorder.call(request, stage.asker.model, outcome)
        if outcome.kind == UNRECORDED:
            wave.tally.unrecorded += request.n
        else:
            wave.tally.failures[f"{stage.name}: {outcome.kind}"] += 1
        wave.advance(request.n)
        return []
    completions = outcome.completions[: request.n]
    made = [
        critique_row(stage, work, request, completion)
        if stage.makes == "critiques"
        else candidate_row(stage, work, request, sample, completion)
        for sample, completion in zip(request.place.samples, completions, strict=False)
    ]
    wave.recorder.add(stage.makes, made)
    wave.recorder.call(request, stage.asker.model, outcome)
    wave.tally.completions[stage.name] += len(made)
    wave.tally.prompt_tokens[stage.asker.model] += outcome.prompt_tokens or 0
    wave.tally.completion_tokens[stage.asker.model] += outcome.completion_tokens or 0
    wave.advance(len(made))
    missing = request.place.samples[len(made) :]
    if not missing:
        return []
    rest = request._replace(place=request.place._replace(samples=missing))
    if tries < _TRIES:
        return [_Call(stage, work, rest, tries + 1)]
    short = CallError(f"The server gave {len(made)} completions of {request.n} that were asked for.", kind="too_few")
    wave.recorder.call(rest, stage.asker.model, short)
    wave.tally.failures[f"{stage.name}: too_few"] += 1
    wave.advance(rest.n)
    return []


def _hint(outcome: object) -> str:
    hint = outcome.hint if isinstance(outcome, CallError) else ""
    return f"{hint} What is done is kept; the failed calls stand in the table calls.".strip()
