"""What changed between two runs, from their configurations and from what their candidates show.

A gap can be put down to one change only where one thing changed. Runs that were imported have no configuration; of those it is
said that it is not known. Names of runs and systems are no change.
"""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from store.ids import JSON

_SAMPLING = frozenset({"samples", "temperature", "top_p", "top_k", "seed", "max_tokens", "stop"})
_OF = {
    "critiques": "validators",
    "gate": "fixer",
    "repair": "repairer",
    "result": "shown results",
    "seconds": "execution limits",
    "sql": "agent",
}
_AGENTS = ("planner", "agent", "fixer", "repairer")


class Facts(NamedTuple):
    """What is known of a run; `config` is empty where it was imported."""

    run: str
    system: str
    k: int | None
    format: str
    config: Mapping[str, JSON]
    stages: list[str]
    validators: list[str]


class Change(NamedTuple):
    """One difference: the thing it belongs to, where it stands, and its value in either run."""

    thing: str
    where: str
    a: JSON
    b: JSON


class Changes(NamedTuple):
    """What changed from one run to the other.

    Attributes:
        things: What changed, each once: planner, validators, fixer, sampling, schema, ...
        changes: The differences one by one.
        unknown: Runs of which no configuration is known.
        warning: What this means for the gap; empty where one thing changed and all is known.
    """

    things: list[str]
    changes: list[Change]
    unknown: list[str]
    warning: str


def changes(a: Facts, b: Facts, selector_a: str | None = None, selector_b: str | None = None) -> Changes:
    """Compare what is known of two runs, and of the selectors whose picks are compared. A run does not differ from itself."""
    found = list(_observed(a, b))
    if selector_a != selector_b:
        found.append(Change("selector", "selector", selector_a, selector_b))
    unknown = [facts.run for facts in (a, b) if not facts.config] if a.run != b.run else []
    if not unknown:
        agents = _models(a.config) | _models(b.config)
        found += [Change(_thing(path, agents), ".".join(path), *values) for path, *values in _differences(a.config, b.config, ())]
    things = sorted({change.thing for change in found})
    return Changes(things, found, unknown, _warning(things, unknown))


def _warning(things: list[str], unknown: list[str]) -> str:
    several = len(things) > 1
    listed = ", ".join(things)
    if unknown:
        also = f" Known to differ: {listed}." if things else ""
        return f"What changed is not known: {' and '.join(unknown)} came without a configuration.{also}"
    if several:
        return f"{len(things)} things changed ({listed}): the gap cannot be put down to one of them."
    return "" if things else "Nothing changed but the draws: a gap is chance."


def _observed(a: Facts, b: Facts) -> Iterator[Change]:
    """What can be seen without a configuration."""
    if a.k != b.k:
        yield Change("sampling", "k", a.k, b.k)
    if a.format != b.format:
        yield Change("pipeline", "format", a.format, b.format)
    if a.stages != b.stages:
        yield Change("pipeline", "stages", a.stages, b.stages)
    if a.validators != b.validators:
        yield Change("validators", "validators", a.validators, b.validators)


def _differences(a: JSON, b: JSON, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], JSON, JSON]]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            yield from _differences(a.get(key), b.get(key), (*path, key))
    elif a != b:
        yield path, a, b


def _thing(path: tuple[str, ...], agents: Mapping[str, str]) -> str:
    """What a part of a configuration belongs to; how completions are drawn is sampling, whoever draws."""
    first = path[0]
    if _SAMPLING.intersection(path[1:]) or first in _SAMPLING:
        return "sampling"
    if first == "models" and len(path) > 1:
        return agents.get(path[1], "model")
    if first == "templates" and len(path) > 1:
        agent = _OF.get(path[1], path[1])
        return agent if agent in _AGENTS else "validators"
    return _OF.get(first, first)


def _models(config: Mapping[str, JSON]) -> dict[str, str]:
    """Which agents each model is used by, where they name one."""
    used: dict[str, list[str]] = {}
    validators = config.get("validators")
    parts = [(name, config.get(name)) for name in _AGENTS]
    parts += [("validators", agent) for agent in (validators.values() if isinstance(validators, Mapping) else ())]
    for name, agent in parts:
        model = agent.get("model") if isinstance(agent, Mapping) else None
        if isinstance(model, str) and name not in used.setdefault(model, []):
            used[model].append(name)
    return {model: " and ".join(names) for model, names in used.items()}


def read_facts(rows: list[tuple[str, str, int | None, str, str, list[str], list[str]]]) -> dict[str, Facts]:
    """Facts by run, from the rows of run_facts.sql."""
    return {row[0]: Facts(*row[:4], json.loads(row[4]), *row[5:]) for row in rows}
