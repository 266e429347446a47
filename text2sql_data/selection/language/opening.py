"""From parameters, as a person gives them, to a selector that can ask: its model is there, its template uses what there is."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from store import Lake
from text2sql_data import structures
from text2sql_data.datasets.prompting import LIST_FIELDS, SUBJECT_FIELDS
from text2sql_data.rollouts.clients import open_client
from text2sql_data.selection.language.asking import Estimate, Judge
from text2sql_data.selection.language.config import (
    LanguageConfig,
    ListwiseConfig,
    PairwiseConfig,
    PointwiseConfig,
    RewardModelConfig,
)
from text2sql_data.selection.language.rendering import Renderer, Schemas, template
from text2sql_data.selection.methods.listwise import Listwise
from text2sql_data.selection.methods.pairwise import Pairwise
from text2sql_data.selection.methods.pointwise import Pointwise
from text2sql_data.selection.methods.reward_model import RewardModel
from text2sql_data.selection.model import SelectionError


class _Kind(NamedTuple):
    config: type[Any]
    selector: type[Any]
    template: str
    fields: frozenset[str]


_KINDS: Mapping[str, _Kind] = {
    "pointwise": _Kind(PointwiseConfig, Pointwise, "selector_pointwise", SUBJECT_FIELDS),
    "pairwise": _Kind(PairwiseConfig, Pairwise, "selector_pairwise", LIST_FIELDS),
    "listwise": _Kind(ListwiseConfig, Listwise, "selector_listwise", LIST_FIELDS | {"none_answer"}),
    "reward_model": _Kind(RewardModelConfig, RewardModel, "text2sql", SUBJECT_FIELDS),
}

CONFIGS: Mapping[str, type[Any]] = {method: kind.config for method, kind in _KINDS.items()}
"""The structure of the parameters of each method."""

LanguageSelectors = Pointwise | Pairwise | Listwise | RewardModel


class Opened(NamedTuple):
    """A selector, and who judges for it."""

    selector: LanguageSelectors
    judge: Judge


@contextlib.contextmanager
def open_language(
    lake: Lake,
    method: str,
    parameters: Mapping[str, Any],
    *,
    folder: Path = Path(),
    advance: Callable[[int], None] = lambda _: None,
    estimate: bool = False,
) -> Iterator[Opened]:
    """A selector that asks a language model, until the end of the `with` statement.

    Args:
        lake: Where the schemas are, and the run of a replay.
        method: pointwise, pairwise, listwise or reward_model.
        parameters: Its parameters.
        folder: Where the path of a prompt template begins.
        advance: Told how many calls have ended.
        estimate: Count what would be asked instead of asking.

    Raises:
        SelectionError: A parameter is wrong; the message says which, the hint what is allowed.
        ClientError: The model cannot be reached as it is said.
        ServerGoneError: No server answers.
        TemplateError: The template uses fields that there are not.
    """
    kind = _KINDS[method]
    if "client" not in parameters:
        raise SelectionError(
            f"selector {method} has no field `client`.", "Say how the model is reached; see docs/language-model-selectors.md."
        )
    answers = parameters.get("answers")
    if isinstance(answers, list) and any(isinstance(one, bool) for one in answers):
        said = "without quotes YES and NO are true and false in YAML"
        raise SelectionError(f"selector {method}, field `answers`: {said}.", 'Write: answers: ["YES", "NO"]')
    config: LanguageConfig = structures.convert(dict(parameters), kind.config, f"selector {method}", SelectionError)
    if isinstance(config, PointwiseConfig | PairwiseConfig) and config.answers[0] == config.answers[1]:
        raise SelectionError(f"selector {method}, field `answers`: both are {config.answers[0]!r}.", "Give two that differ.")
    asked = template(config.prompt, kind.template, kind.fields, folder)
    with asyncio.Runner() as loop:
        client = open_client(config.client, lake)
        try:
            served = loop.run(client.check()).model
            judge = Estimate(loop, client) if estimate else Judge(loop, client, advance)
            renderer = Renderer(asked, Schemas(lake, config.schema), config.result)
            yield Opened(kind.selector(config, judge, renderer, served), judge)
        finally:
            loop.run(client.close())
