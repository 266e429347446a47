"""Completions that were recorded before, given again by their place: a run of the lake, or a file.

Nothing is sampled: prompts and sampling parameters of a request are not looked at.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from store.lake import Lake
from text2sql_data.rollouts.clients.config import Replay
from text2sql_data.rollouts.clients.model import (
    CallError,
    ClientError,
    Completion,
    Likelihood,
    ModelInfo,
    Place,
    Reply,
    Request,
    critique_subject,
)

CONCURRENCY = 64
_SQL = Path(__file__).parents[1] / "sql"


class _At(NamedTuple):
    position: int
    stage: str
    sample: int
    subject: str


class _Judged(NamedTuple):
    """What was recorded of answers, or of a reward."""

    answers: dict[str, float]
    reward: float | None


class _Line(msgspec.Struct):
    position: int
    stage: str
    sample: int
    completion: str = ""
    subject: str = ""
    logprobs: list[float] | None = None
    answers: dict[str, float] | None = None
    reward: float | None = None


class ReplayClient:
    """Recorded completions.

    Attributes:
        name: What is replayed, as the name of a model.
    """

    def __init__(self, name: str, recorded: dict[_At, Completion], judged: dict[_At, _Judged] | None = None) -> None:
        self.name = name
        self._recorded = recorded
        self._judged = judged or {}

    @property
    def concurrency(self) -> int:
        """How many calls it is worth having in flight; each is answered at once."""
        return CONCURRENCY

    async def check(self) -> ModelInfo:
        """What is replayed."""
        return ModelInfo(self.name)

    async def complete(self, request: Request) -> Reply:
        """The completions of the samples, up to the first that was not recorded.

        Raises:
            CallError: The first of them was not recorded; kind `not_recorded`.
        """
        if request.answers is not None:
            (at,) = _wanted(request.place)
            told = self._judged.get(at)
            if told is None:
                raise self._missing(at)
            likelihoods = tuple(Likelihood(told.answers.get(text)) for text in request.answers.texts)
            return Reply([], self.name, seconds=0.0, likelihoods=likelihoods, reward=told.reward)
        found: list[Completion] = []
        for at in _wanted(request.place):
            one = self._recorded.get(at)
            if one is None and found:
                break
            if one is None:
                raise self._missing(at)
            found.append(one)
        return Reply(found, self.name, seconds=0.0)

    async def close(self) -> None:
        """Nothing is held."""

    def _missing(self, at: _At) -> CallError:
        subject = f", {at.subject}" if at.subject else ""
        stages = {(one.stage, one.subject) for one in {**self._recorded, **self._judged} if one.position == at.position}
        near = [f"{stage} ({about})" if about else stage for stage, about in sorted(stages)]
        return CallError(
            f"{self.name} has no completion for question {at.position}, stage {at.stage}, sample {at.sample}{subject}.",
            f"Recorded for this question: {', '.join(near) or 'nothing'}.",
            kind="not_recorded",
        )


def open_replay(config: Replay, lake: Lake | None) -> ReplayClient:
    """Read what was recorded.

    Raises:
        ClientError: Not exactly one of run and file is given, or it cannot be read or holds two completions for a place.
    """
    if (config.run is None) == (config.file is None):
        raise ClientError("A client `replay` gives again either a run or a file.", "Set one of: run, file.")
    if config.file is not None:
        path = Path(config.file)
        judged: dict[_At, _Judged] = {}
        return ReplayClient(f"replay of {path.name}", _collect(_lines(path, judged), str(path)), judged)
    if lake is None:
        raise ClientError(f"The run {config.run} is in a lake, and none is open.", "Open the client with a lake.")
    name = config.run
    if not lake.sql("SELECT 1 FROM runs WHERE run = $run", run=name).fetchall():
        known = [run for (run,) in lake.sql("SELECT run FROM runs ORDER BY run").fetchall()]
        raise ClientError(f"There is no run {name} in the lake.", f"The runs are: {', '.join(known) or 'none'}.")
    return ReplayClient(f"replay of {name}", _collect(_rows(lake, str(name)), f"run {name}"))


def _wanted(place: Place) -> list[_At]:
    return [_At(place.position, place.stage, sample, place.subject) for sample in place.samples]


def _rows(lake: Lake, run: str) -> Iterable[tuple[str, _At, Completion]]:
    rows = lake.sql((_SQL / "recorded_completions.sql").read_text("utf-8"), run=run)
    while found := rows.fetchmany(10_000):
        for position, stage, sample, validator, ordinal, text in found:
            subject = "" if validator is None else critique_subject(validator, ordinal)
            yield "the lake", _At(position, stage, sample, subject), Completion(text)


def _lines(path: Path, judged: dict[_At, _Judged]) -> Iterable[tuple[str, _At, Completion]]:
    """The completions of a file; what it holds of answers and rewards goes into `judged`."""
    decoder = msgspec.json.Decoder(_Line)
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                if not text.strip():
                    continue
                try:
                    line = decoder.decode(text)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise ClientError(
                        f"{path}, line {number}: {error}",
                        "A line is an object with position, stage, sample, completion, and optionally subject, logprobs, answers,"
                        " and reward.",
                    ) from error
                logprobs = None if line.logprobs is None else tuple(line.logprobs)
                at = _At(line.position, line.stage, line.sample, line.subject)
                if line.answers is not None or line.reward is not None:
                    told = _Judged(line.answers or {}, line.reward)
                    if judged.setdefault(at, told) != told:
                        raise _repeated(str(path), f"line {number}", at)
                    continue
                yield f"line {number}", at, Completion(line.completion, logprobs, None if logprobs is None else len(logprobs))
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {error.strerror}.", "Give the path of a JSONL file.") from error


def _collect(rows: Iterable[tuple[str, _At, Completion]], where: str) -> dict[_At, Completion]:
    recorded: dict[_At, Completion] = {}
    for row, at, completion in rows:
        if recorded.setdefault(at, completion) != completion:
            raise _repeated(where, row, at)
    return recorded


def _repeated(where: str, row: str, at: _At) -> ClientError:
    return ClientError(
        f"{where}, {row}: another completion for question {at.position}, stage {at.stage}, sample {at.sample}, and"
        f" subject {at.subject!r} came before.",
        "Keep one of them.",
    )
