"""Files that people write: YAML to a msgspec structure, or an error that says which field is wrong and what is allowed there."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
import yaml

from store import StoreError

T = TypeVar("T", bound=msgspec.Struct)

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>.+?)`(?: - at `(?P<path>.+)`)?$")
_AT = re.compile(r" - at (?:`key` in )?`(?P<path>[^`]+)`$")


def read_text(path: Path, what: str, fault: type[StoreError]) -> str:
    """The text of a file.

    Args:
        path: The file.
        what: What an error calls it, such as "recipe".
        fault: The error to raise.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fault(f"The {what} {path} cannot be read: {error}") from error


def decode(text: str, where: str, fault: type[StoreError]) -> object:
    """What a text of YAML says; `fault` where it is no YAML, or says something twice."""
    try:
        _refuse_repeated_keys(text, where, fault)
        return msgspec.yaml.decode(text)
    except (yaml.YAMLError, msgspec.DecodeError) as error:
        raise fault(f"{where} is not YAML: {' '.join(str(error).split())}") from error


def convert(value: object, structure: type[T], where: str, fault: type[StoreError], within: str = "") -> T:
    """A structure from what YAML or JSON was read into.

    Args:
        value: What was read.
        structure: The structure.
        where: What an error calls the whole.
        fault: The error to raise.
        within: Path of the field that the value is.
    """
    try:
        return msgspec.convert(value, structure)
    except msgspec.ValidationError as error:
        raise _explained(error, structure, where, fault, within) from error


def _explained(error: msgspec.ValidationError, structure: type, where: str, fault: type[StoreError], within: str) -> StoreError:
    """The error as a person needs it: which field, what is wrong with it, and what is allowed."""
    text = str(error)
    unknown, at = _UNKNOWN.search(text), _AT.search(text)
    path = ((unknown["path"] if unknown else at["path"] if at else None) or "$").removeprefix("$").removeprefix(".")
    found = _type_at(structure, path)
    if unknown:
        allowed = _fields(found)
        close = get_close_matches(unknown["field"], allowed, 1)
        field = ".".join(part for part in (within, path, unknown["field"]) if part)
        there = f"The fields there are: {', '.join(allowed)}." if allowed else "There are no fields."
        hint = f"{f'Did you mean {close[0]}? ' if close else ''}{there}"
        return fault(f"{where}, field `{field}`: there is no such field.", hint)
    what = _AT.sub("", text)
    field = ".".join(part for part in (within, path) if part)
    values = _values(found)
    place = f"{where}, field `{field}`" if field else where
    return fault(f"{place}: {what[0].lower()}{what[1:]}", f"Choose one of: {', '.join(map(str, values))}." if values else "")


def _structures(kind: Any) -> list[type[msgspec.Struct]]:  # noqa: ANN401 - a type, of which Python has no type
    return [one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, msgspec.Struct)]


def _type_at(structure: Any, path: str) -> Any:  # noqa: ANN401 - a type
    """The type of the field that a path of msgspec's leads to; the structure itself where it leads nowhere."""
    for part in re.findall(r"\[[^\]]*\]|[^.\[\]]+", path):
        if part.startswith("[") or part == "key":
            inner = [one for one in get_args(structure) if one not in {type(None), Ellipsis}]
            structure = inner[-1] if inner else structure
            continue
        if tags := [one.__struct_config__.tag for one in _structures(structure) if one.__struct_config__.tag_field == part]:
            return Literal[tuple(tags)]
        fields = {field.encode_name: field.type for one in _structures(structure) for field in msgspec.structs.fields(one)}
        if part not in fields:
            break
        structure = fields[part]
    return structure


def _fields(structure: Any) -> list[str]:  # noqa: ANN401 - a type
    structures = _structures(structure)
    tags = [one.__struct_config__.tag_field for one in structures if one.__struct_config__.tag_field]
    return list(dict.fromkeys([*tags, *(field.encode_name for one in structures for field in msgspec.structs.fields(one))]))


def _values(kind: Any) -> list[object]:  # noqa: ANN401 - a type
    """The values that a type allows, where they can be listed."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [value for one in get_args(kind) for value in _values(one)]


def _refuse_repeated_keys(text: str, where: str, fault: type[StoreError]) -> None:
    """YAML keeps the last of two equal keys, silently; in a file that a person writes that is a mistake."""
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
                    raise fault(f"{where}, line {line}: the field `{key.value}` is there twice.", "Keep one of the two.")
                if isinstance(key.value, str):
                    keys.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
