"""How likely given answers are, of a model in this process: what is told apart, and how replies are put together.

A prompt and the answer behind it are taken apart together, as in training. The tokens of the answer are those behind what both
begin with alike; the first of them may reach into the prompt.
"""

import time
from collections.abc import Callable

from text2sql_data.rollouts.clients.batching import Outcome, too_long
from text2sql_data.rollouts.clients.model import Likelihood, Reply, Request

Encode = Callable[[str, str], list[int]]
"""The tokens of a prompt with an answer behind it."""

Score = Callable[[list[list[int]], list[int]], list[float]]
"""The log-probabilities of the last tokens of some rows, given the rows and how many tokens these are."""


def judge(requests: list[Request], encode: Encode, score: Score, *, model: str, limit: int) -> list[Outcome]:
    """Answer requests that ask how likely answers are.

    Args:
        requests: The requests.
        encode: The tokens of a prompt with an answer behind it.
        score: Says how likely the ends of rows are.
        model: Name of the model.
        limit: Most tokens that it takes; 0 is any number.
    """
    begun = time.monotonic()
    outcomes: dict[int, Outcome] = {}
    rows: list[list[int]] = []
    tails: list[int] = []
    of: list[int] = []
    lengths: list[int] = []
    for at, request in enumerate(requests):
        prompt, texts = encode(request.prompt, ""), request.answers.texts if request.answers else ()
        behind = [encode(request.prompt, text) for text in texts]
        lengths.append(len(prompt))
        if limit and (longest := max(map(len, behind))) > limit:
            outcomes[at] = too_long(request, longest, limit)
            continue
        rows += behind
        tails += [len(ids) - shared(prompt, ids) for ids in behind]
        of += [at] * len(behind)
    found: dict[int, list[Likelihood]] = {}
    for at, tail, logprob in zip(of, tails, score(rows, tails) if rows else [], strict=True):
        found.setdefault(at, []).append(Likelihood(logprob, tail))
    seconds = time.monotonic() - begun
    for at, likelihoods in found.items():
        outcomes[at] = Reply([], model, lengths[at], 0, seconds, tuple(likelihoods))
    return [outcomes[at] for at in range(len(requests))]


def shared(prompt: list[int], longer: list[int]) -> int:
    """How many tokens the prompt and the prompt with an answer behind it begin with alike."""
    return next((at for at, (one, other) in enumerate(zip(prompt, longer, strict=False)) if one != other), len(prompt))
