"""From parameters, as a person gives them, to a selector that can ask: its model is there, its template uses what there is."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from store import Lake
from text2sql_data import structures
from text2sql_data.datasets.prompting import LIST_FIELDS, SUBJECT_FIELDS
from text2sql_data.models.registered import find
from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.linking import link, recorded
from text2sql_data.selection.fitting.models import require_unseen_by
from text2sql_data.selection.language.asking import Estimate, Judge
from text2sql_data.selection.language.config import (
    LanguageConfig,
    ListwiseConfig,
    PairwiseConfig,
    PointwiseConfig,
    RewardModelConfig,
)
from text2sql_data.selection.language.rendering import Renderer, Schemas, template
from text2sql_data.selection.language.selector import Asked
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
    runs: Sequence[str] = (),
    allow: str = "nothing",
) -> Iterator[Opened]:
    """A selector that asks a language model, until the end of the `with` statement.

    Args:
        lake: Where the schemas are, and the run of a replay.
        method: pointwise, pairwise, listwise or reward_model.
        parameters: Its parameters.
        folder: Where the path of a prompt template begins.
        advance: Told how many calls have ended.
        estimate: Count what would be asked instead of asking.
        runs: The runs that it is to choose for.
        allow: What they may share with what a model of the lake was trained on: nothing, databases, or questions as well.

    Raises:
        SelectionError: A parameter is wrong; the message says which, the hint what is allowed.
        ClientError: The model cannot be reached as it is said.
        ServerGoneError: No server answers.
        TemplateError: The template uses fields that there are not.
        ModelNotFoundError: The configuration names a model of the lake that there is not.
        ModelFilesError: Its files are gone, or are others than those that were registered.
        LineageError: The runs share something with the training of a model of the lake that is not allowed.
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
    template_ = template(config.prompt, kind.template, kind.fields, folder)
    with asyncio.Runner() as loop:
        linked = link(lake, config.client)
        client = open_client(linked.config, lake)
        try:
            identity, model = recorded(lake, linked, loop.run(client.check()).model)
            judge = Estimate(loop, client) if estimate else Judge(loop, client, advance)
            renderer = Renderer(template_, Schemas(lake, config.schema), config.result)
            asked = Asked(identity, model, {} if model is None else _marks(lake, model, runs, allow))
            yield Opened(kind.selector(config, judge, renderer, asked), judge)
        finally:
            loop.run(client.close())


def _marks(lake: Lake, model: str, runs: Sequence[str], allow: str) -> dict[tuple[str, int], str]:
    """By run and position, what a model of the lake was trained on."""
    shared = require_unseen_by(lake, find(lake, model), list(runs), allow)
    return {(one.run, one.position): one.match for one in shared}
