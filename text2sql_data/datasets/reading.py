"""Reading a recipe: YAML to a structure with every default written out, or an error that says which field and what is allowed."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import yaml

from store import StoreError
from text2sql_data import prompts
from text2sql_data.datasets.recipe import KINDS, Audit, Kto, OwnTemplate, Preference, Recipe, Sft, Verl

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
    "preference": ("dpo", "orpo", "reward"),
    "kto": ("kto",),
    "grpo": ("grpo",),
    "verl": ("verl",),
}
"""The trainers that take each kind; the first is the default of an audit."""

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>.+?)`(?: - at `(?P<path>.+)`)?$")
_AT = re.compile(r" - at (?:`key` in )?`(?P<path>[^`]+)`$")
_TOLERANCE = 1e-9


class RecipeError(StoreError, ValueError):
    """A recipe says something that cannot be built."""


def read(path: Path) -> Recipe:
    """The recipe in a YAML file. Paths of templates are taken from the folder of the file.

    Raises:
        RecipeError: The file cannot be read, or is no recipe; the message says where, the hint what is allowed.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe {path} cannot be read: {error}") from error
    return decode(text, where=str(path), folder=path.parent)


def decode(text: str, *, where: str = "the recipe", folder: Path = Path()) -> Recipe:
    """A recipe from the text of YAML.

    Args:
        text: The YAML; JSON is YAML as well, so that this reads back what a pin keeps.
        where: What an error calls it.
        folder: Where the paths of templates begin.

    Raises:
        RecipeError: It is no recipe.
    """
    try:
        _refuse_repeated_keys(text, where)
        value = msgspec.yaml.decode(text)
    except (yaml.YAMLError, msgspec.DecodeError) as error:
        raise RecipeError(f"{where} is not YAML: {' '.join(str(error).split())}") from error
    return convert(value, where=where, folder=folder)


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
    structure = KINDS[str(kind)]
    try:
        read_ = msgspec.convert(value, structure)
    except msgspec.ValidationError as error:
        raise _explained(error, structure, where) from error
    return _complete(read_, where, folder)


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
        return default.get(kind, "text2sql" if kind in {"grpo", "verl"} else kind)
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

    try:
        return dict(msgspec.to_builtins(msgspec.convert(given, Filters), order="deterministic"))
    except msgspec.ValidationError as error:
        raise _explained(error, Filters, where, "filters") from error


def _explained(error: msgspec.ValidationError, structure: type, where: str, within: str = "") -> RecipeError:
    """The error as a person needs it: which field, what is wrong with it, and what is allowed."""
    text = str(error)
    unknown, at = _UNKNOWN.search(text), _AT.search(text)
    path = ((unknown["path"] if unknown else at["path"] if at else None) or "$").removeprefix("$").removeprefix(".")
    found = _type_at(structure, path)
    if unknown:
        allowed = _fields(found)
        close = get_close_matches(unknown["field"], allowed, 1)
        field = ".".join(part for part in (within, path, unknown["field"]) if part)
        hint = f"{f'Did you mean {close[0]}? ' if close else ''}The fields there are: {', '.join(allowed)}."
        return RecipeError(f"{where}, field `{field}`: there is no such field.", hint)
    what = _AT.sub("", text)
    field = ".".join(part for part in (within, path) if part)
    values = _values(found)
    place = f"{where}, field `{field}`" if field else where
    return RecipeError(
        f"{place}: {what[0].lower()}{what[1:]}", f"Choose one of: {', '.join(map(str, values))}." if values else ""
    )


def _type_at(structure: Any, path: str) -> Any:  # noqa: ANN401 - a type, of which Python has no type
    """The type of the field that a path of msgspec's leads to; the structure itself where it leads nowhere."""
    for part in [part for part in re.split(r"\.|\[", path) if part]:
        if part in {"...]", "...", "key"} or part.rstrip("]").isdigit():
            inner = [one for one in get_args(structure) if one not in {type(None), Ellipsis}]
            structure = inner[-1] if inner else structure
            continue
        structures = [
            one for one in (structure, *get_args(structure)) if isinstance(one, type) and issubclass(one, msgspec.Struct)
        ]
        fields = {field.encode_name: field.type for one in structures for field in msgspec.structs.fields(one)}
        if part not in fields:
            break
        structure = fields[part]
    return structure


def _fields(structure: Any) -> list[str]:  # noqa: ANN401 - a type
    structures = [one for one in (structure, *get_args(structure)) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    names = [field.encode_name for one in structures for field in msgspec.structs.fields(one)]
    return ["kind", *names] if structure in KINDS.values() else names


def _values(kind: Any) -> list[object]:  # noqa: ANN401 - a type
    """The values that a type allows, where they can be listed."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [value for one in get_args(kind) for value in _values(one)]


def _refuse_repeated_keys(text: str, where: str) -> None:
    """YAML keeps the last of two equal keys, silently; in a recipe that is a mistake."""
    waiting = [yaml.compose(text, yaml.SafeLoader)]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:  # an alias leads to a node again
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if key.value in keys:
                    line = key.start_mark.line + 1
                    raise RecipeError(f"{where}, line {line}: the field `{key.value}` is there twice.", "Keep one of the two.")
                if isinstance(key.value, str):
                    keys.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
