"""A stored schema as text for a prompt: the same text for the same schema, in the order in which the database has its tables.

Forms: `compact`, the one of CodeS and MATS; `typed`, one line a table with types and keys; `ddl`, CREATE TABLE statements with
descriptions and example values; `rich`, a block a table that says all of this in words. Names stand bare in `compact`, as is that
form's convention; elsewhere quoted where SQL needs it.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from store import StoreError

Schema = Mapping[str, Any]
"""What `databases.schema` holds (see `introspect`)."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What SQLite does not take as a name without quotes.
_RESERVED = frozenset(
    """
    add all alter and as autoincrement between case check collate commit constraint create default deferrable delete
    distinct drop else escape except exists foreign from group having if in index insert intersect into is isnull join
    limit not notnull null on or order primary references returning select set table then to transaction union unique
    update using values when where
    """.split()  # noqa: SIM905 - a list of quoted words is hard to read
)


class FormNotFoundError(StoreError, LookupError):
    """There is no such way to render a schema."""


def compact(schema: Schema) -> str:
    """One line a table, names only: `table t , columns = [ t.a , t.b ]`."""
    lines = []
    for table in schema["tables"]:
        columns = " , ".join(f"{table['name']}.{column['name']}" for column in table["columns"])
        lines.append(f"table {table['name']} , columns = [ {columns} ]")
    return "\n".join(lines)


def typed(schema: Schema) -> str:
    """One line a table and one a foreign key: `t(a INTEGER PRIMARY KEY, b TEXT)` and `t(b) -> u(id)`."""
    lines = []
    for table in schema["tables"]:
        keys = _keys(table)
        entries = [_typed_column(column, alone=len(keys) == 1) for column in table["columns"]]
        entries += [f"PRIMARY KEY ({', '.join(map(quoted, keys))})"] if len(keys) > 1 else []
        lines.append(f"{quoted(table['name'])}({', '.join(entries)})")
    for table in schema["tables"]:
        lines += [f"{quoted(table['name'])}{_reference(key, ' -> ')}" for key in table["foreign_keys"]]
    return "\n".join(lines)


def ddl(schema: Schema) -> str:
    """CREATE TABLE statements; descriptions and example values stand behind the columns as comments."""
    return "\n\n".join(_create(table) for table in schema["tables"])


def rich(schema: Schema) -> str:
    """A block a table: what it is, a line a column with type, key, description and example values, and where its keys lead."""
    return "\n\n".join(_block(table) for table in schema["tables"])


FORMS: Final[Mapping[str, Callable[[Schema], str]]] = {"compact": compact, "typed": typed, "ddl": ddl, "rich": rich}
"""The ways to render a schema, by name."""


def schema_text(schema: str | Schema, form: str = "compact") -> str:
    """A schema, or its JSON, in one of the forms.

    Raises:
        FormNotFoundError: There is no such form.
    """
    if form not in FORMS:
        raise FormNotFoundError(f"There is no way to render a schema called {form}.", f"Choose one of: {', '.join(FORMS)}.")
    return FORMS[form](json.loads(schema) if isinstance(schema, str) else schema)


def quoted(name: str) -> str:
    """A name as SQL can have it: in double quotes where it is no plain word, or is a word of SQL."""
    if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _keys(table: Schema) -> list[str]:
    """The columns of the primary key, in its order."""
    return [column["name"] for column in sorted(table["columns"], key=lambda column: int(column["pk"])) if column["pk"]]


def _typed_column(column: Schema, *, alone: bool) -> str:
    words = [quoted(column["name"]), column["type"] or "", "PRIMARY KEY" if column["pk"] and alone else ""]
    return " ".join(word for word in words if word)


def _reference(key: Schema, arrow: str) -> str:
    targets = f"({', '.join(map(quoted, key['to']))})" if key["to"] else ""
    return f"({', '.join(map(quoted, key['columns']))}){arrow}{quoted(key['table'])}{targets}"


def _create(table: Schema) -> str:
    keys = _keys(table)
    entries = [_column(column, alone=len(keys) == 1) for column in table["columns"]]
    if len(keys) > 1:
        entries.append((f"PRIMARY KEY ({', '.join(map(quoted, keys))})", ""))
    entries += [(f"FOREIGN KEY {_reference(key, ' REFERENCES ')}", "") for key in table["foreign_keys"]]
    lines = [
        f"    {text}{',' if place < len(entries) else ''}{f' -- {comment}' if comment else ''}"
        for place, (text, comment) in enumerate(entries, 1)
    ]
    kind = "VIEW" if table["type"] == "view" else "TABLE"
    return "\n".join([f"CREATE {kind} {quoted(table['name'])} (", *lines, ");"])


def _column(column: Schema, *, alone: bool) -> tuple[str, str]:
    """A column and what is to be said behind it."""
    words = [quoted(column["name"]), column["type"] or ""]
    if column["pk"] and alone:
        words.append("PRIMARY KEY")
    elif column["notnull"]:
        words.append("NOT NULL")
    return " ".join(word for word in words if word), _remarks(column)


def _remarks(column: Schema) -> str:
    """What is known about a column, on one line."""
    said = [text for text in (column["description"], column["value_description"]) if text]
    if column["examples"]:
        said.append(f"for example {', '.join(map(_example, column['examples']))}")
    return " ".join("; ".join(said).split())


def _block(table: Schema) -> str:
    keys = _keys(table)
    kind = "View" if table["type"] == "view" else "Table"
    rows = "" if table.get("n_rows") is None else f" ({table['n_rows']} {'row' if table['n_rows'] == 1 else 'rows'})"
    lines = [f"{kind} {quoted(table['name'])}{rows}", *(_said(column, alone=len(keys) == 1) for column in table["columns"])]
    if len(keys) > 1:
        lines.append(f"The primary key is {_listed(keys)} together.")
    for key in table["foreign_keys"]:
        targets = [f"{quoted(key['table'])}.{quoted(name)}" for name in key["to"]]
        verb = "refers" if len(key["columns"]) == 1 else "together refer"
        lines.append(f"{_listed(key['columns'])} {verb} to {' and '.join(targets) or quoted(key['table'])}.")
    return "\n".join(lines)


def _said(column: Schema, *, alone: bool) -> str:
    """A column in the form `rich`: `- name (TYPE, primary key): what it is; what its values mean; for example 1, 2`."""
    facts = [column["type"] or "", "primary key" if column["pk"] and alone else "", "not null" if column["notnull"] else ""]
    named = ", ".join(fact for fact in facts if fact)
    said = _remarks(column)
    return f"- {quoted(column['name'])}{f' ({named})' if named else ''}{f': {said}' if said else ''}"


def _listed(names: list[str]) -> str:
    return " and ".join(map(quoted, names))


def _example(value: object) -> str:
    """An example value as SQL would have it."""
    if isinstance(value, dict):  # {"blob": hex} or {"real": text}
        ((kind, text),) = value.items()
        return f"x'{text}'" if kind == "blob" else str(text)
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    return str(value)
