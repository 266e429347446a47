"""Asking the model of a selector: the prompts that were not judged yet, each once, as many at a time as the client wants.

A call that failed is counted and has no judgement. A server that is gone, nothing but failures, and Ctrl-C stop the selector;
what was judged until then is handed over, to be kept.
"""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from store import StoreError
from text2sql_data.rollouts.asking import UNRECORDED, HopelessError
from text2sql_data.rollouts.clients.model import CallError, Client, Reply, ServerGoneError
from text2sql_data.selection.language.judgements import Judgement, Known, Prompt, rows

if TYPE_CHECKING:
    from store.ids import JSON

HOPELESS = 50
"""Calls that fail one after the other before the selector stops: something is wrong that asking on will not mend."""

CHARS_A_TOKEN = 3.5
"""A rough figure for SQL and English in the tokenizers of today, for estimates."""

Kept = dict[str, list[Mapping[str, object]]]
_Outcome = tuple[Prompt, Reply | CallError | ServerGoneError]


class StoppedError(Exception):
    """A selector was stopped before it was done.

    Attributes:
        cause: Why.
        kept: Rows by table of what was judged.
    """

    def __init__(self, cause: BaseException, kept: Kept) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.kept = kept


class Judge:
    """Judges prompts. One for a selector.

    Attributes:
        asked: Calls that came back.
        found: Prompts whose judgement was there.
        failures: Calls that failed, by kind.
        failed: What the last of them said.
        prompt_tokens: Tokens of the prompts that were asked, as far as they are known.
    """

    def __init__(self, loop: asyncio.Runner, client: Client, advance: Callable[[int], None] = lambda _: None) -> None:
        self._loop = loop
        self._client = client
        self._advance = advance
        self._selector = UUID(int=0)
        self._known: Known = lambda _: {}
        self._judged: dict[UUID, Judgement] = {}
        self._new: dict[UUID, tuple[Prompt, Judgement]] = {}
        self._failed: set[UUID] = set()
        self.asked = 0
        self.found = 0
        self.failures: Counter[str] = Counter()
        self.failed: CallError | None = None
        self.prompt_tokens = 0

    def begin(self, selector: UUID, known: Known) -> None:
        """Say for whom it judges, and where to look what was judged before."""
        self._selector, self._known = selector, known

    def judge(self, prompts: Iterable[Prompt]) -> dict[UUID, Judgement]:
        """The judgements of prompts by identity. Of equal prompts the first is asked; those whose calls failed are missing.

        Raises:
            StoppedError: The server is gone, or one call after the other failed, or Ctrl-C.
        """
        wanted: dict[UUID, Prompt] = {}
        for prompt in prompts:
            wanted.setdefault(prompt.prompt, prompt)
        new = [key for key in wanted if key not in self._judged and key not in self._failed]
        there = self._known(new)
        self.found += len(there)
        self._judged |= there
        missing = [wanted[key] for key in new if key not in there]
        if missing:
            try:
                self._ask(missing)
            except (ServerGoneError, HopelessError, KeyboardInterrupt) as error:
                raise StoppedError(error, self.taken()) from error
        return {key: self._judged[key] for key in wanted if key in self._judged}

    def taken(self) -> Kept:
        """The rows of what was judged since the last time. What is remembered, failures too, is forgotten: the lake has it."""
        found = rows(self._selector, self._new)
        self._judged, self._new, self._failed = {}, {}, set()
        return found

    def summary(self) -> dict[str, object]:
        """What it did, as JSON."""
        return {"asked": self.asked, "found": self.found, "failed": dict(self.failures), "prompt_tokens": self.prompt_tokens}

    def told(self) -> str:
        """What it did, in a sentence."""
        there = f", {self.found:,} prompts were judged before" if self.found else ""
        return f"{self.asked:,} calls, {self.prompt_tokens:,} prompt tokens{there}."

    def _ask(self, prompts: Sequence[Prompt]) -> None:
        self._loop.run(self._all(prompts))

    async def _all(self, prompts: Sequence[Prompt]) -> None:
        todo = iter(prompts)
        running: set[asyncio.Task[_Outcome]] = set()
        in_a_row = 0
        try:
            while True:
                while len(running) < self._client.concurrency and (prompt := next(todo, None)) is not None:
                    running.add(asyncio.create_task(self._one(prompt)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                gone: ServerGoneError | None = None
                for prompt, outcome in (task.result() for task in done):
                    if isinstance(outcome, ServerGoneError):
                        gone = outcome
                    elif isinstance(outcome, CallError):
                        self._fail(prompt, outcome)
                        in_a_row += outcome.kind != UNRECORDED
                    else:
                        self._keep(prompt, outcome)
                        in_a_row = 0
                if gone is not None:  # after what came back beside it was kept
                    raise gone
                if in_a_row >= HOPELESS and self.failed is not None:
                    hint = f"{self.failed.hint} What is judged is kept.".strip()
                    raise HopelessError(f"{in_a_row} calls failed in a row: {self.failed}", hint)
        finally:
            for task in running:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*running, return_exceptions=True)

    async def _one(self, prompt: Prompt) -> _Outcome:
        try:
            return prompt, await self._client.complete(prompt.request)
        except (CallError, ServerGoneError) as error:
            return prompt, error

    def _fail(self, prompt: Prompt, error: CallError) -> None:
        self._failed.add(prompt.prompt)
        self.failures[error.kind] += 1
        self.failed = error
        self._advance(1)

    def _keep(self, prompt: Prompt, reply: Reply) -> None:
        judgement = judged(prompt, reply)
        self._judged[prompt.prompt] = judgement
        self._new[prompt.prompt] = (prompt, judgement)
        self.asked += 1
        self.prompt_tokens += reply.prompt_tokens or 0
        self._advance(1)


class Estimate(Judge):
    """Counts what would be asked, and asks nothing: every answer is even, and a list is answered with its first."""

    def __init__(self, loop: asyncio.Runner, client: Client) -> None:
        super().__init__(loop, client)
        self.prompts: dict[UUID, int] = {}
        """The characters of each."""

    def judge(self, prompts: Iterable[Prompt]) -> dict[UUID, Judgement]:
        """Count prompts."""
        wanted = {prompt.prompt: prompt for prompt in prompts}
        new = [key for key in wanted if key not in self.prompts]
        there = self._known(new)
        self.found += len(there)
        self.prompts |= {key: len(wanted[key].text) for key in new if key not in there}
        return {key: there.get(key) or _even(prompt) for key, prompt in wanted.items()}

    def taken(self) -> Kept:
        """Nothing."""
        return {}

    def summary(self) -> dict[str, object]:
        """What it would do, as JSON."""
        return {"prompts": len(self.prompts), "found": self.found, "characters": self.characters, "tokens": self.tokens}

    def told(self) -> str:
        """What it would do, in a sentence."""
        there = f", {self.found:,} were judged before" if self.found else ""
        return f"{len(self.prompts):,} prompts to ask{there}: {self.characters:,} characters, about {self.tokens:,} tokens."

    @property
    def characters(self) -> int:
        """Characters of the prompts."""
        return sum(self.prompts.values())

    @property
    def tokens(self) -> int:
        """Tokens of the prompts, roughly."""
        return round(self.characters / CHARS_A_TOKEN)


def judged(prompt: Prompt, reply: Reply) -> Judgement:
    """What a reply says of the candidates of a prompt.

    Raises:
        StoreError: The client answers something else than it was asked.
    """
    answers = prompt.request.answers
    if reply.reward is not None:
        return Judgement(None, (reply.reward,), {})
    if answers is None:
        return (
            Judgement(reply.completions[0].text, None, {"logprob": reply.completions[0].logprob})
            if reply.completions
            else _empty()
        )
    if len(reply.likelihoods) != len(answers.texts):
        raise StoreError(
            "The client gave no log-probabilities of answers.", "Use a client that a selector can ask; see the docs."
        )
    logprobs = [one.logprob for one in reply.likelihoods]
    detail: dict[str, JSON] = {
        "answers": list(answers.texts),
        "logprobs": logprobs,
        "tokens": [one.tokens for one in reply.likelihoods],
    }
    if any(one.bounded for one in reply.likelihoods):
        detail["bounded"] = [one.bounded for one in reply.likelihoods]
    known = [one for one in logprobs if one is not None]
    if len(known) < len(logprobs):
        return Judgement(None, None, detail)
    most = max(known)
    weights = [math.exp(one - most) for one in known]
    # Of one candidate the first answer is all there is to say.
    return Judgement(None, tuple(one / sum(weights) for one in weights[: len(prompt.candidates)]), detail)


def _empty() -> Judgement:
    return Judgement("", None, {})


def _even(prompt: Prompt) -> Judgement:
    answers = prompt.request.answers
    if answers is None:
        return Judgement("1", None, {})
    return Judgement(None, (0.5,) * len(prompt.candidates), {})
