"""Reading a recipe: YAML to a structure with every default written out, or an error that says which field and what is allowed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from store import StoreError
from text2sql_data import prompts, structures
from text2sql_data.datasets.recipe import KINDS, Audit, Kto, OwnTemplate, Preference, Recipe, SelectorFeatures, Sft, Verl
from text2sql_data.features.definitions import set_id

RECORDED = "recorded"
RECORDED_OR = "recorded_or:"
BY_AGENT = "agent"

AGENT_TEMPLATES = {
    "sql": "text2sql",
    "planner": "planner",
    "fixer": "fixer",
    "repair": "repair",
    "select": "validator_select",
    "condition": "validator_condition",
    "join": "validator_join",
    "order": "validator_order",
}
"""The template that an agent's prompts are rendered with, unless told otherwise."""

TRAINERS = {
    "sft": ("sft",),
    "selector_pointwise": ("sft",),
    "selector_pairwise": ("sft",),
    "selector_listwise": ("sft",),
    "selector_features": ("scikit-learn",),
    "preference": ("dpo", "orpo", "reward"),
    "kto": ("kto",),
    "grpo": ("grpo",),
    "verl": ("verl",),
}
"""The trainers that take each kind; the first is the default of an audit."""

_TOLERANCE = 1e-9


class RecipeError(StoreError, ValueError):
    """A recipe says something that cannot be built."""


def read(path: Path) -> Recipe:
    """The recipe in a YAML file. Paths of templates are taken from the folder of the file.

    Raises:
        RecipeError: The file cannot be read, or is no recipe; the message says where, the hint what is allowed.
    """
    return decode(structures.read_text(path, "recipe", RecipeError), where=str(path), folder=path.parent)


def decode(text: str, *, where: str = "the recipe", folder: Path = Path()) -> Recipe:
    """A recipe from the text of YAML.

    Args:
        text: The YAML; JSON is YAML as well, so that this reads back what a pin keeps.
        where: What an error calls it.
        folder: Where the paths of templates begin.

    Raises:
        RecipeError: It is no recipe.
    """
    return convert(structures.decode(text, where, RecipeError), where=where, folder=folder)


def convert(value: object, *, where: str = "the recipe", folder: Path = Path()) -> Recipe:
    """A recipe from what YAML or JSON was read into.

    Raises:
        RecipeError: It is no recipe.
    """
    if not isinstance(value, dict):
        raise RecipeError(f"{where} is no recipe: it holds no fields.", "Begin with: name: NAME, and kind: KIND")
    kind = value.get("kind")
    if kind not in KINDS:
        said = "has no field `kind`" if kind is None else f", field `kind`: there is no kind {kind!r}"
        raise RecipeError(f"{where} {said}".replace(" ,", ","), f"Choose one of: {', '.join(KINDS)}.")
    return _complete(structures.convert(value, KINDS[str(kind)], where, RecipeError), where, folder)


def with_against(recipe: Recipe, benchmarks: Sequence[str]) -> Recipe:
    """The recipe, to be kept away from some more benchmarks."""
    return msgspec.structs.replace(recipe, against=list(dict.fromkeys([*recipe.against, *benchmarks])))


def plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON has it, every default written out: what a pin keeps, and what `convert` reads back."""
    return dict(msgspec.to_builtins(recipe, order="deterministic"))


def _complete(recipe: Recipe, where: str, folder: Path) -> Recipe:
    """Fill the defaults that depend on other fields, and refuse what does not go together."""
    _check_split(recipe, where)
    if recipe.format == "plain" and recipe.system is not None and not isinstance(recipe, Verl):
        raise RecipeError(f"{where}, field `system`: a plain prompt has no system message.", "Set format: conversational.")
    _check_sources(recipe, where)
    changes: dict[str, Any] = {"prompt": _prompt(recipe, where, folder), "audit": _audit(recipe, where)}
    if isinstance(recipe, Verl):
        changes["format"] = "conversational"
    if isinstance(recipe, SelectorFeatures):
        changes["feature_set"] = _feature_set(recipe, where)
    if isinstance(recipe, Sft):
        changes["completion"] = recipe.completion or (RECORDED if recipe.agent == "planner" else "sql")
    if isinstance(recipe, Preference | Kto):
        changes["filters"] = _filters(recipe.filters, where)
        if isinstance(recipe, Kto) and recipe.pair_sets and recipe.negatives == "balanced" and (recipe.filters or {}).get("caps"):
            raise RecipeError(
                f"{where}, field `filters.caps`: balancing the classes afterwards would break what the caps hold.",
                "Set negatives: natural; or leave the caps to t2s pairs select, and read the pair set that it makes.",
            )
    return msgspec.structs.replace(recipe, **changes)


def _feature_set(recipe: SelectorFeatures, where: str) -> str:
    """The identity of the features that a recipe is about: those that are defined now."""
    if recipe.gate == "all":
        raise RecipeError(f"{where}, field `gate`: features are those of final answers.", "Choose exec_ok, critique or always.")
    now = set_id(recipe.gate)
    if recipe.feature_set not in {None, now}:
        raise RecipeError(
            f"{where}, field `feature_set`: the features are defined in another way now ({now}).",
            "Use the version of the project that made it, or leave the field out.",
        )
    return now


def _check_sources(recipe: Recipe, where: str) -> None:
    """Refuse a recipe that reads nothing, or what its kind cannot read."""
    needed: dict[str, list[str]] = {
        name: getattr(recipe, name) for name in ("runs", "golds", "pair_sets", "benchmarks") if hasattr(recipe, name)
    }
    if not any(needed.values()):
        raise RecipeError(f"{where}: nothing to read.", f"Give {' or '.join(needed)}.")
    if isinstance(recipe, Kto) and recipe.runs and recipe.pair_sets:
        raise RecipeError(f"{where}: a dataset of kind kto reads either runs or pair_sets.", "Give one of the two.")
    if isinstance(recipe, Sft) and recipe.golds and recipe.agent != "sql":
        raise RecipeError(f"{where}, field `golds`: a gold is no completion of the agent {recipe.agent}.", "Set agent: sql.")


def _audit(recipe: Recipe, where: str) -> Audit | None:
    """The audit with its trainer."""
    if recipe.audit is None:
        return None
    kind = str(recipe.__struct_config__.tag)
    if isinstance(recipe, SelectorFeatures):
        raise RecipeError(f"{where}, field `audit`: features have no tokens.", "Leave it out.")
    trainer = recipe.audit.trainer or TRAINERS[kind][0]
    if trainer not in TRAINERS[kind]:
        listed = ", ".join(TRAINERS[kind])
        raise RecipeError(f"{where}, field `audit.trainer`: {trainer} does not take {kind}.", f"Choose: {listed}.")
    return msgspec.structs.replace(recipe.audit, trainer=trainer)


def _check_split(recipe: Recipe, where: str) -> None:
    split = recipe.split
    total = sum(split.fractions.values())
    if abs(total - 1) > _TOLERANCE:
        raise RecipeError(f"{where}, field `split.fractions`: they add up to {total:g}.", "Give shares that add up to 1.")
    if split.assign and split.by != "database":
        raise RecipeError(
            f"{where}, field `split.assign`: it names databases, and rows are divided by question.", "Set by: database."
        )
    told = [name for names in split.assign.values() for name in names]
    if twice := sorted({name for name in told if told.count(name) > 1}):
        raise RecipeError(f"{where}, field `split.assign`: {', '.join(twice)} is named twice.", "A database is in one split.")


def _prompt(recipe: Recipe, where: str, folder: Path) -> str | OwnTemplate:
    """The prompt of a recipe in full: a known name, or a template with its text."""
    given = recipe.prompt
    if isinstance(given, OwnTemplate):
        prompts.Template(given.name, given.text).fields  # noqa: B018 - refuses what is no Jinja
        return given
    kind = str(recipe.__struct_config__.tag)
    if given is None:
        if isinstance(recipe, Sft):
            return AGENT_TEMPLATES[recipe.agent]
        default = {"preference": RECORDED, "kto": RECORDED if isinstance(recipe, Kto) and recipe.pair_sets else "text2sql"}
        return default.get(kind, "text2sql" if kind in {"grpo", "verl", "selector_features"} else kind)
    name = given.removeprefix(RECORDED_OR)
    if (given in {RECORDED, BY_AGENT} or given.startswith(RECORDED_OR)) and not isinstance(recipe, Sft | Preference | Kto):
        raise RecipeError(f"{where}, field `prompt`: a row of kind {kind} has no recorded prompt.", "Name a template.")
    if given == RECORDED or name == BY_AGENT:
        return given
    try:
        if name.endswith(prompts.SUFFIX):
            own = prompts.template_file(folder / name)
            return OwnTemplate(own.name, own.text, recorded=given.startswith(RECORDED_OR))
        prompts.template(name)
    except StoreError as error:
        raise RecipeError(f"{where}, field `prompt`: {error}", error.hint) from error
    return given


def _filters(given: dict[str, Any] | None, where: str) -> dict[str, Any] | None:
    """The filters of pairs with every default written out."""
    if given is None:
        return None
    from text2sql_data.pairs.filtering import Filters

    return dict(msgspec.to_builtins(structures.convert(given, Filters, where, RecipeError, "filters"), order="deterministic"))
