"""Parameters of the selectors that ask a language model, as the structures that a YAML file is read into.

What could change a score belongs to the selector's identity; addresses, concurrency, timeouts and retries do not.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

from text2sql_data.rollouts.clients.config import ClientConfig, RewardConfig
from text2sql_data.rollouts.config import SchemaText, ShownResult

Name = Annotated[str, msgspec.Meta(min_length=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Pair = tuple[Name, Name]
Scoring = Literal["whole", "first_token"]
Failed = Literal["skip", "ask"]
TYPED = SchemaText(form="typed")
"""How recipes of datasets show a schema unless they are told."""


class _Asks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every one of them has.

    Attributes:
        prompt: Name of a prompt template, or the path of a file that ends in .j2.
        schema: How prompts show the schema.
        result: How much of an execution prompts show.
    """

    prompt: Name | None = None
    schema: SchemaText = TYPED
    result: ShownResult = ShownResult()


class PointwiseConfig(_Asks, frozen=True, kw_only=True):
    """One prompt a candidate; its score is the probability of the first answer against the second.

    Attributes:
        client: The model.
        answers: The answers for right and for wrong, as they continue the prompt.
        scoring: whole: all tokens of the answers; first_token: the first one, of a server.
        failed: What becomes of SQL that did not execute. skip: it has no score; ask: it is judged like any other.
        pool: What candidates with the same result share. none: each has its own probability; mean or sum: that of the group.
    """

    client: ClientConfig
    answers: Pair = ("YES", "NO")
    scoring: Scoring = "whole"
    failed: Failed = "skip"
    pool: Literal["none", "mean", "sum"] = "none"


class PairwiseConfig(_Asks, frozen=True, kw_only=True):
    """Two prompts a pair, one in each order; its outcome is the mean of both.

    Attributes:
        client: The model.
        plan: round_robin: every pair is compared, and strengths are fitted to the outcomes; knock_out: the winner of a pair meets
            the winner of the next.
        answers: The answers for the first and for the second candidate that a prompt shows.
        scoring: As that of pointwise.
        compare: results: one candidate a result, that of the lowest sample, whose score all with that result have; all: every
            different SQL.
        prior: Comparisons that each candidate is taken to have drawn against an average one, for round_robin. The larger, the
            closer are strengths to each other.
    """

    client: ClientConfig
    plan: Literal["round_robin", "knock_out"] = "round_robin"
    answers: Pair = ("A", "B")
    scoring: Scoring = "whole"
    compare: Literal["results", "all"] = "results"
    prior: Annotated[float, msgspec.Meta(gt=0)] = 0.1


class ListwiseConfig(_Asks, frozen=True, kw_only=True):
    """A knock-out in chunks: the model names the best candidate of a chunk by its number, which goes on to the next round.

    Attributes:
        client: The model.
        candidates: Candidates in a prompt, at most.
        none_answer: The answer where no candidate is right, as the prompt tells it.
        max_tokens: Tokens that an answer may have.
        rejected: What becomes of a chunk where the model names none, or nothing that can be read. drop: nothing of it goes on;
            majority: the candidate goes on whose result has the most votes.
        shuffle: Whether candidates are put into an order that is drawn; otherwise they are in the order of the samples.
        seed: Seed of that order.
        compare: As that of pairwise.
    """

    client: ClientConfig
    candidates: Annotated[int, msgspec.Meta(ge=2)] = 3
    none_answer: Name = "-1"
    max_tokens: Positive = 16
    rejected: Literal["drop", "majority"] = "drop"
    shuffle: bool = False
    seed: int = 0
    compare: Literal["results", "all"] = "results"


class RewardModelConfig(_Asks, frozen=True, kw_only=True):
    """One text a candidate: a prompt with an answer behind it; its score is the reward.

    Attributes:
        client: The reward model.
        completion: The answer behind the prompt. sql: the candidate's SQL; none: nothing, for a template that shows it.
        failed: As that of pointwise.
    """

    client: RewardConfig
    completion: Literal["sql", "none"] = "sql"
    failed: Failed = "skip"


LanguageConfig: TypeAlias = PointwiseConfig | PairwiseConfig | ListwiseConfig | RewardModelConfig
