"""What is wrong with the names in a SQL, from its tree and the stored schema: for the repair prompt that shows it to a model.

Where the SQL cannot be parsed, or its tree does not tell, the message of SQLite names the identifier, and the result says so.
It opens no database, and knows nothing of golds: what is said here an executor could say as well.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from sqlglot import exp
from sqlglot.errors import SqlglotError

from text2sql_data.critiques.scopes import Resolved, Scope, Source, Use, resolve
from text2sql_data.critiques.stored import Schema, nearest, shown
from text2sql_data.sql_ast.syntax import parsed

_MESSAGE = re.compile(
    r"(?P<kind>no such column|ambiguous column name|no such table|cannot join using column): ?(?P<name>.+?)"
    r"(?: - (?:should this be|column not present).*| - .* not present .*)?",
    re.DOTALL,
)
_USING = re.compile(r"cannot join using column (?P<name>.+?) - ", re.DOTALL)
_KINDS: dict[str, "Kind"] = {"no such column": "unknown", "ambiguous column name": "ambiguous", "no such table": "table"}
_TABLES = 20  # how much a text shows
_COLUMNS = 60
_NAMES = 8

Kind = Literal["unknown", "ambiguous", "table"]


class Name(NamedTuple):
    """A name that SQLite refuses.

    Attributes:
        kind: unknown (no such column), ambiguous (several have it), or table (no such table).
        qualifier: What stands before the point, an alias or a table; empty where nothing does.
        name: The column, or the table.
        bound: The table that the qualifier means; None where it means none, or a subquery.
        means: What the qualifier is: table, subquery, nothing (it is not in FROM), or empty where there is none.
        owners: All tables of the database that have a column of that name.
        visible: The aliases in FROM through which it can be had.
        similar: For a name that nothing bears, the most similar one that there is.
        from_message: Whether it is known from the message of SQLite alone.
    """

    kind: Kind
    qualifier: str
    name: str
    bound: str | None = None
    means: Literal["", "table", "subquery", "nothing"] = ""
    owners: tuple[str, ...] = ()
    visible: tuple[str, ...] = ()
    similar: str | None = None
    from_message: bool = False

    @property
    def written(self) -> str:
        """The name with its qualifier, as SQL has it."""
        return f"{shown(self.qualifier)}.{shown(self.name)}" if self.qualifier else shown(self.name)


class Diagnosis(NamedTuple):
    """What there is to say about the names of a SQL.

    Attributes:
        names: The names that SQLite refuses; that of its message first, then in the order of the text.
        aliases: The alias and the table of every table in FROM, each once.
        used: The tables of the database that the SQL reads, each with its columns.
        unused: Aliases of tables in FROM of which no column is needed, and which join no others.
        parsed: Whether the SQL could be parsed; otherwise all of this is from the message.
    """

    names: tuple[Name, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    used: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unused: tuple[str, ...] = ()
    parsed: bool = True


def diagnose(sql: str, schema: Schema, error: str | None = None) -> Diagnosis:
    """Find out what is wrong with the names of a SQL.

    Args:
        sql: The SQL.
        schema: The database.
        error: What SQLite said, where it refused the SQL.
    """
    said = _said(error or "", schema)
    try:
        tree = parsed(sql)
        found = resolve(tree, schema, sql) if isinstance(tree, exp.Query) else None
    except (SqlglotError, RecursionError):
        found = None
    if found is None:
        return Diagnosis(names=tuple(said), parsed=False)
    sources = [source for scope in found.scopes for source in scope.sources]
    names = [*_columns(found, schema), *_tables(sources, schema)]
    names.sort(key=lambda name: not any(_same(name, one) for one in said))
    names = [*(_placed(one, found.scopes, schema) for one in said if not any(_same(name, one) for name in names)), *names]
    tables = {source.table.name: source.table for source in sources if source.table is not None}
    return Diagnosis(
        names=tuple(dict.fromkeys(names)),
        aliases=tuple(dict.fromkeys((source.name, source.table.name) for source in sources if source.table is not None)),
        used=tuple((name, tuple(column.name for column in table.columns.values())) for name, table in tables.items()),
        unused=tuple(dict.fromkeys(title for scope in found.scopes for title in _unused(scope, found))),
    )


def _said(error: str, schema: Schema) -> list[Name]:
    """The name in a message of SQLite."""
    match = _USING.match(error) or _MESSAGE.fullmatch(error)
    if match is None:
        return []
    kind = _KINDS.get(match.groupdict().get("kind") or "", "unknown")
    qualifier, _, name = match["name"].rpartition(".")
    name = name.strip('"')
    if kind == "table":
        return [Name(kind, "", name, similar=_nearest_table(name, schema), from_message=True)]
    owners = tuple(table.name for table in schema.owners(name))
    return [Name(kind, qualifier, name, owners=owners, from_message=True)]


def _same(one: Name, other: Name) -> bool:
    return (one.kind == "table", one.name.lower()) == (other.kind == "table", other.name.lower())


def _placed(name: Name, scopes: Sequence[Scope], schema: Schema) -> Name:
    """A name of a message with what its qualifier means in the SQL."""
    if name.kind == "table" or not scopes:
        return name
    sources = [source for scope in scopes for source in scope.sources]
    return _described(name.kind, name.qualifier, name.name, sources, schema)._replace(from_message=True)


def _columns(found: Resolved, schema: Schema) -> Iterator[Name]:
    """The column references that SQLite refuses."""
    for scope in found.scopes:
        for column in scope.columns:
            use = found.uses[id(column)]
            if use.kind == "unknown":
                yield _described("unknown", column.table, column.name, _visible(scope), schema)
            elif use.kind == "ambiguous":
                named = _described("ambiguous", column.table, column.name, _visible(scope), schema)
                yield named._replace(visible=tuple(dict.fromkeys(source.name for source in use.sources)))


def _tables(sources: Sequence[Source], schema: Schema) -> Iterator[Name]:
    for source in sources:
        if source.missing is not None:
            yield Name("table", "", source.missing, similar=_nearest_table(source.missing, schema))


def _described(kind: Kind, qualifier: str, name: str, visible: Sequence[Source], schema: Schema) -> Name:
    owners = tuple(table.name for table in schema.owners(name))
    through = tuple(dict.fromkeys(source.name for source in visible if source.has(name.lower())))
    named = Name(kind, qualifier, name, owners=owners, visible=through)
    bound = next((source for source in visible if source.name.lower() == qualifier.lower()), None) if qualifier else None
    if qualifier:
        means: Literal["table", "subquery", "nothing"] = "nothing" if bound is None else "table" if bound.table else "subquery"
        named = named._replace(bound=bound.table.name if bound and bound.table else None, means=means)
    return named if owners else named._replace(similar=_similar(name, [bound] if bound else visible, schema))


def _similar(name: str, sources: Sequence[Source], schema: Schema) -> str | None:
    """A column with a similar name: of the tables in FROM, or else of any."""
    for source in sources:
        close = nearest(name, source.columns or {})
        if close is not None:
            return f"{shown(source.name)}.{shown(close)}" if source.name else shown(close)
    tables = schema.tables.values()
    every = {key: f"{shown(table.name)}.{shown(one.name)}" for table in tables for key, one in table.columns.items()}
    return nearest(name, every)


def _nearest_table(name: str, schema: Schema) -> str | None:
    return nearest(name, {key: table.name for key, table in schema.tables.items()})


def _visible(scope: Scope) -> list[Source]:
    """The sources that a reference in a SELECT can mean, the innermost first."""
    sources: list[Source] = []
    current: Scope | None = scope
    while current is not None:
        sources += current.sources
        current = current.parent
    return sources


def _unused(scope: Scope, found: Resolved) -> Iterator[str]:
    """The tables of a SELECT that nothing but one join condition speaks of; nothing where that is not certain."""
    if len(scope.sources) == 1 or any(item.is_star for item in scope.select.expressions):
        return
    if any(found.uses[id(column)].kind == "open" for one in found.scopes for column in one.columns):
        return
    needed: set[int] = set()
    joined: dict[int, set[int]] = {}
    for one in found.scopes:
        for column in one.columns:
            use = found.uses[id(column)]
            if use.kind == "ambiguous" or use.source is None:
                names = (column.table.lower(), column.name.lower())
                meant = (source for source in _visible(one) if source.name.lower() == names[0] or source.has(names[1]))
                needed.update(id(source) for source in (*use.sources, *meant))
                continue
            other = _partner(column, found.uses)
            if other is None:
                needed.add(id(use.source))
            else:
                joined.setdefault(id(use.source), set()).add(id(other))
    for source in scope.sources:
        if source.table is not None and id(source) not in needed and len(joined.get(id(source), ())) < 2:  # noqa: PLR2004 - a bridge
            yield source.name


def _partner(column: exp.Column, uses: dict[int, Use]) -> Source | None:
    """The source at the other side of an equation between columns of two sources."""
    equation = column.parent
    if not isinstance(equation, exp.EQ):
        return None
    other = equation.right if equation.left is column else equation.left
    use, own = uses.get(id(other)), uses[id(column)]
    if use is None or use.source is None or use.source is own.source or use.of is not own.of:
        return None
    return use.source


def lines(found: Diagnosis, schema: Schema, tables: Collection[str] = (), *, unused: bool = False) -> list[str]:
    """A diagnosis as text, a fact a line.

    Args:
        found: The diagnosis.
        schema: The database.
        tables: More tables whose columns are listed.
        unused: Whether to say which tables are not needed.
    """
    said = [] if found.parsed else ["The SQL cannot be parsed: of its names only what the message says is known."]
    if found.names:
        said += ["Wrong names:", *(f"- {_name_text(name)}" for name in found.names[:_NAMES])]
        said += [f"- and {len(found.names) - _NAMES} more"] if len(found.names) > _NAMES else []
        aliases = [f"{shown(alias)} is {shown(table)}" for alias, table in found.aliases if alias.lower() != table.lower()]
        said += [f"Aliases: {'; '.join(aliases)}."] if aliases else []
    if unused and found.unused:
        said.append(f"Joined, but no column is used of: {', '.join(map(shown, found.unused))}. Leave out what is not needed.")
    more = [schema.tables[key] for key in (table.lower() for table in tables) if key in schema.tables]
    owners = [schema.tables[owner.lower()] for name in found.names for owner in name.owners if owner.lower() in schema.tables]
    listed = dict(found.used)
    for table in (*owners, *more):
        listed.setdefault(table.name, tuple(column.name for column in table.columns.values()))
    if listed:
        said += ["Columns there are:", *(f"- {_table_text(name, listed[name])}" for name in list(listed)[:_TABLES])]
        said += [f"- and {len(listed) - _TABLES} more tables"] if len(listed) > _TABLES else []
    return said


def _name_text(name: Name) -> str:
    column, qualifier = shown(name.name), shown(name.qualifier)
    close = f"; the most similar is {name.similar}" if name.similar else ""
    if name.kind == "table":
        return f"{name.written}: there is no such table{close}"
    owners = ", ".join(map(shown, name.owners))
    has = f"{column} is a column of {owners}" if owners else f"no table has a column {column}{close}"
    through = " or ".join(f"{shown(alias)}.{column}" for alias in name.visible)
    if name.kind == "ambiguous":
        if name.qualifier:
            return f"{name.written}: {qualifier} stands in FROM more than once; give each its own alias"
        return f"{name.written}: several tables in FROM have it; {has}{f'; write {through}' if through else ''}"
    where = {
        "table": f"{qualifier} is the table {shown(name.bound or '')}, which has no such column",
        "subquery": f"{qualifier} is a subquery without such a column",
        "nothing": f"{qualifier} is not in FROM",
        "": "SQLite does not find it" if name.from_message else "no table in FROM has such a column",
    }[name.means]
    return f"{name.written}: {where}; {has}{f'; in FROM it can be had as {through}' if through else ''}"


def _table_text(name: str, columns: Sequence[str]) -> str:
    more = f", and {len(columns) - _COLUMNS} more" if len(columns) > _COLUMNS else ""
    return f"{shown(name)}({', '.join(map(shown, columns[:_COLUMNS]))}{more})"
