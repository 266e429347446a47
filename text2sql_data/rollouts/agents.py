"""Agents of a rollout, ready to ask: which model, which prompt template, and how completions are drawn."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from store import StoreError
from store.ids import content_id
from text2sql_data import prompts, structures
from text2sql_data.comparators import comparator
from text2sql_data.datasets.prompting import AGENT_FIELDS, QUESTION_FIELDS
from text2sql_data.rollouts.clients.model import Sampling
from text2sql_data.rollouts.config import PIPELINES, Agent, Config, OneShot, PlannerValidatorsFixer, Repair, Samples

REPAIR_FIELDS = AGENT_FIELDS["repair"] | {"feedback", "rules"}

_FORMS = {
    "plain": ("planner", "validator_{}", "fixer"),
    "mats": ("mats_planner", "mats_validator_{}", "mats_fixer"),
    "wrapper": ("mats_planner", "mats_validator_{}", "wrapper_fixer"),
}


class RolloutConfigError(StoreError, ValueError):
    """A configuration of rollouts says something that cannot be run."""


class Asker(NamedTuple):
    """An agent with everything that it needs to ask.

    Attributes:
        name: Name of the agent: sql, repair, planner, select, condition, join, order or fixer.
        model: Name of its model in the configuration.
        template: Its prompt template.
        draws: How its completions are drawn.
        max_tokens: Tokens that a completion may have.
        stop: Texts that end a completion.
    """

    name: str
    model: str
    template: prompts.Template
    draws: tuple[Samples, ...]
    max_tokens: int
    stop: tuple[str, ...]

    @property
    def n(self) -> int:
        """Completions that it gives in all."""
        return sum(draw.n for draw in self.draws)

    def sampling(self, draw: int, seed: int | None) -> Sampling:
        """The sampling parameters of one of its draws."""
        chosen = self.draws[draw]
        return Sampling(chosen.temperature, chosen.top_p, self.max_tokens, seed, self.stop)

    def samples(self) -> Iterator[tuple[int, int]]:
        """The number of every sample, and its draw."""
        sample = 0
        for draw, chosen in enumerate(self.draws):
            for _ in range(chosen.n):
                yield sample, draw
                sample += 1


def seed_of(seed: int, *parts: str | int) -> int:
    """The seed of one completion: the same for the same place, whatever was asked before it. 31 bits, as servers take."""
    return content_id(seed, *parts).int >> 97


def read(path: Path) -> Config:
    """The configuration in a YAML file.

    Raises:
        RolloutConfigError: The file cannot be read, or is no configuration; the message says where, the hint what is allowed.
    """
    where = str(path)
    value = structures.decode(structures.read_text(path, "configuration", RolloutConfigError), where, RolloutConfigError)
    if not isinstance(value, dict):
        raise RolloutConfigError(f"{where} holds no fields.", "Begin with: pipeline: one_shot")
    named = str(value.get("pipeline"))
    if named not in PIPELINES:
        said = "has no field `pipeline`." if "pipeline" not in value else f", field `pipeline`: there is no pipeline {named!r}."
        raise RolloutConfigError(f"{where} {said}".replace(" ,", ","), f"Choose one of: {', '.join(PIPELINES)}.")
    return structures.convert(value, PIPELINES[named], where, RolloutConfigError)


def askers(config: Config, folder: Path) -> dict[str, Asker]:
    """The agents of a configuration by name.

    Args:
        config: The configuration.
        folder: Where the paths of prompt templates begin.

    Raises:
        RolloutConfigError: An agent names a model that is not there, or draws a number of completions that has no meaning.
        TemplateError: A template uses a field that its agent does not have.
    """
    if unknown := sorted(config.prices.keys() - config.models.keys()):
        known = f"The models are: {', '.join(config.models)}."
        raise RolloutConfigError(f"`prices` names {', '.join(unknown)}, which is no model.", known)
    if isinstance(config, OneShot):
        return {"sql": _asker(config, "sql", config.agent, "text2sql", QUESTION_FIELDS, folder)}
    if isinstance(config, Repair):
        repairer = _asker(config, "repair", config.repairer, "repair_feedback", REPAIR_FIELDS, folder)
        comparator(config.comparator)
        if config.of == "each":
            _require_one("repairer", repairer)
        return {"sql": _asker(config, "sql", config.agent, "text2sql", QUESTION_FIELDS, folder), "repair": repairer}
    return _of_three(config, folder)


def _of_three(config: PlannerValidatorsFixer, folder: Path) -> dict[str, Asker]:
    planner, validator, fixer = _FORMS[config.prompts]
    found = {"planner": _asker(config, "planner", config.planner, planner, QUESTION_FIELDS, folder)}
    for part, agent in config.validators.items():
        found[part] = _asker(config, part, agent, validator.format(part), AGENT_FIELDS[part], folder)
    found["fixer"] = _asker(config, "fixer", config.fixer, fixer, AGENT_FIELDS["fixer"], folder)
    for name in found.keys() - {"planner"}:
        _require_one(name, found[name])
    if config.critiques > 1 and not config.validators:
        raise RolloutConfigError("There are several critiques of each validator, and no validators.", "Set critiques: 1.")
    return found


def _require_one(name: str, asker: Asker) -> None:
    if asker.n != 1:
        raise RolloutConfigError(
            f"The agent {name} draws {asker.n} completions of one prompt, and each of its prompts has one answer.",
            "Give it one entry of samples with n: 1; critiques: C asks validators C times.",
        )


def _asker(config: Config, name: str, agent: Agent, prompt: str, fields: frozenset[str], folder: Path) -> Asker:
    known = list(config.models)
    model = agent.model or (known[0] if len(known) == 1 else None)
    if model is None or model not in known:
        said = "names no model" if model is None else f"names the model {model}, which is not there"
        raise RolloutConfigError(f"The agent {name} {said}.", f"The models are: {', '.join(known) or 'none; give `models`'}.")
    if not agent.samples:
        raise RolloutConfigError(f"The agent {name} has no samples.", "Give for example: samples: [{n: 8, temperature: 1.0}]")
    said = agent.prompt or prompt
    template = prompts.template_file(folder / said) if said.endswith(prompts.SUFFIX) else prompts.template(said)
    template.require(fields)
    return Asker(name, model, template, tuple(agent.samples), agent.max_tokens, tuple(agent.stop))


def templates(agents: Mapping[str, Asker]) -> dict[str, str]:
    """The sha256 of each agent's template."""
    return {name: asker.template.sha256 for name, asker in agents.items()}


def with_run(config: Config, run: str) -> Config:
    """The configuration with a name for its run."""
    return msgspec.structs.replace(config, run=run)


def used_models(agents: Mapping[str, Asker]) -> Sequence[str]:
    """Names of the models that some agent asks."""
    return list(dict.fromkeys(asker.model for asker in agents.values()))
