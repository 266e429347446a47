"""The reference of tables and views, made from the comments in the lake itself."""

from typing import NamedTuple

from store.lake import Lake
from store.tables import query, tables, views


class Column(NamedTuple):
    """A column of a table or view."""

    column: str
    type: str
    nullable: bool
    comment: str


class Relation(NamedTuple):
    """A table or a view, with its natural key (empty for a view)."""

    kind: str
    name: str
    key: tuple[str, ...]
    comment: str
    columns: list[Column]


def relations(lake: Lake) -> list[Relation]:
    """All tables, then all views, by name."""
    found: dict[str, Relation] = {}
    for kind, name, comment, *column in lake.sql(query("schema")).fetchall():
        key = tables()[name].key if kind == "table" else ()
        relation = found.setdefault(name, Relation(kind, name, key, comment or "", []))
        meaning = column[3] or _meaning(column[0], name, found)
        relation.columns.append(Column(column[0], column[1], column[2], meaning))
    return list(found.values())


def _meaning(column: str, view: str, found: dict[str, Relation]) -> str:
    """What a column of a view means: views have no column comments in the lake, so their files say it."""
    if view not in views():
        return ""
    described, like = views()[view].columns.get(column), views()[view].like
    if described is not None or like is None:
        return described or ""
    if like in found:
        return next((known.comment for known in found[like].columns if known.column == column), "")
    return _meaning(column, like, found)


def markdown(found: list[Relation]) -> str:
    """The reference page."""
    lines = []
    for relation in found:
        lines += [f"## `{relation.name}` ({relation.kind})", "", relation.comment, ""]
        if relation.key:
            lines += [f"Key: {', '.join(f'`{column}`' for column in relation.key)}", ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        for column in relation.columns:
            optional = "" if relation.kind == "view" or not column.nullable else ", may be NULL"
            lines.append(f"| `{column.column}` | {column.type}{optional} | {column.comment} |")
        lines.append("")
    return "\n".join(lines)
