"""Which table a column reference belongs to, by the rules of SQLite.

Names are looked for from the innermost SELECT outwards. A qualifier means an alias, or a table without one; a subquery in FROM
does not see its neighbours; an alias of the select list is seen everywhere but in that list; a name in double quotes that is no
column is a text. Whatever cannot be known for certain (a table function, a table that is not there, a recursive CTE) is open:
anything may come from it, and a reference that could is resolved to nothing and blamed for nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sqlglot import exp

from text2sql_data.critiques.stored import Schema, Table

_ROWID = frozenset({"rowid", "oid", "_rowid_"})

Kind = Literal["column", "alias", "text", "open", "ambiguous", "unknown"]


@dataclass(slots=True, eq=False)
class Source:
    """Something in FROM.

    Attributes:
        name: Its alias, or its name where it has none.
        table: The table or view; None for a subquery, a CTE, or what is not known.
        columns: Its columns as they are spelt, by their names in lower case; None when it is open.
        inner: For a subquery or CTE that is one SELECT, that SELECT.
        missing: The name, where it is that of no table in the database.
        single: Whether it has one row at most.
    """

    name: str
    table: Table | None = None
    columns: Mapping[str, str] | None = None
    inner: "Scope | None" = None
    missing: str | None = None
    single: bool = False

    def has(self, column: str) -> bool:
        """Whether a column is known to be there."""
        return self.columns is not None and column in self.columns

    @property
    def title(self) -> str:
        """Its alias with the table behind it."""
        behind = self.table.name if self.table else None
        return self.name if behind is None or behind.lower() == self.name.lower() else f"{self.name} ({behind})"


@dataclass(slots=True, eq=False)
class Scope:
    """One SELECT: its sources, the SELECT around it, and what its names mean."""

    select: exp.Select
    parent: "Scope | None"
    sources: list[Source] = field(default_factory=list)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
    natural: bool = False
    columns: list[exp.Column] = field(default_factory=list)
    nodes: list[exp.Expr] = field(default_factory=list)


class Use(NamedTuple):
    """A column reference, resolved.

    Attributes:
        kind: column (of `source`), alias (of the select list), text (a name in double quotes), open, ambiguous or unknown.
        scope: The SELECT in which it stands.
        clause: The clause of that SELECT: expressions, where, group, having, order, joins, ...
        sources: The source that it belongs to; several when it is ambiguous.
        of: The SELECT whose source or alias that is.
    """

    kind: Kind
    scope: Scope
    clause: str
    sources: tuple[Source, ...] = ()
    of: Scope | None = None

    @property
    def source(self) -> Source | None:
        """The source, where there is exactly one."""
        return self.sources[0] if self.kind == "column" else None


class Resolved(NamedTuple):
    """All SELECTs of a statement, and all references by the identity of their nodes."""

    scopes: list[Scope]
    uses: dict[int, Use]


def resolve(tree: exp.Query, schema: Schema, text: str) -> Resolved:
    """Find the scopes of a statement, and resolve every column reference in them.

    Args:
        tree: The statement.
        schema: The database.
        text: The SQL that the tree was parsed from; it tells "x" from [x].
    """
    builder = _Builder(schema)
    builder.query(tree, None, {})
    uses = {id(column): _use(column, scope, text) for scope in builder.scopes for column in scope.columns}
    return Resolved(builder.scopes, uses)


def origin(source: Source, column: str, uses: Mapping[int, Use]) -> tuple[Table, str] | None:
    """The table and column that a source's column comes from unchanged, through any number of subqueries."""
    if source.table is not None:
        found = source.table.columns.get(column.lower())
        return (source.table, found.name) if found else None
    if source.inner is None:
        return None
    for item in source.inner.select.expressions:
        bare = item.unalias()
        if item.alias_or_name.lower() == column.lower() and isinstance(bare, exp.Column):
            use = uses.get(id(bare))
            return origin(use.source, bare.name, uses) if use and use.source else None
    return None


@dataclass(slots=True, eq=False)
class _Cte:
    """A CTE and what it can see. It is looked into when something reads it, as SQLite does: what nothing reads may be wrong."""

    node: exp.CTE
    parent: Scope | None
    known: "Mapping[str, _Cte]"
    source: Source | None = None


class _Builder:
    """Walks a statement and keeps the scopes that it finds."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.scopes: list[Scope] = []

    def query(self, node: exp.Expr, parent: Scope | None, known: Mapping[str, _Cte]) -> Source:
        """Build the scopes of a query; what it looks like as a source."""
        ctes = dict(known)
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ else ():
            ctes[cte.alias.lower()] = _Cte(cte, parent, ctes)
        if isinstance(node, exp.Select):
            return self._select(node, parent, ctes)
        if isinstance(node, exp.SetOperation):
            first = self.query(node.left, parent, ctes)
            self.query(node.right, parent, ctes)
            return Source("", columns=first.columns)
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            return self.query(node.this, parent, ctes)
        return Source("")

    def _select(self, select: exp.Select, parent: Scope | None, ctes: Mapping[str, _Cte]) -> Source:
        scope = Scope(select, parent)
        self.scopes.append(scope)
        from_ = select.args.get("from_")
        handled: set[int] = set()
        for source, join in _listed(from_.this if from_ else None, select.args.get("joins") or ()):
            handled.add(id(source))
            scope.sources.append(self._source(source, parent, ctes))
            if join is not None:
                scope.natural = scope.natural or join.method.upper() == "NATURAL"
                scope.merged.update(name.name.lower() for name in join.args.get("using") or ())
        if select.args.get("laterals"):
            scope.sources.append(Source(""))
        scope.aliases = {item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
        for node, nested in _own(select):
            if not nested:
                scope.nodes.append(node)
                if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
                    scope.columns.append(node)
            elif id(node) not in handled:
                self.query(node, scope, ctes)
        columns = _outputs(scope)
        single = not select.args.get("group") and any(isinstance(item.unalias(), exp.AggFunc) for item in select.expressions)
        limit = select.args.get("limit")
        single = single or (limit is not None and limit.expression is not None and limit.expression.name == "1")
        return Source("", columns=columns, inner=scope, single=single)

    def _source(self, node: exp.Expr, parent: Scope | None, ctes: Mapping[str, _Cte]) -> Source:
        alias = node.alias or (node.name if isinstance(node, exp.Table) else "")
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            inner = self.query(node, parent, ctes)
            return Source(alias, columns=inner.columns, inner=inner.inner, single=inner.single)
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            return Source(alias)
        cte = ctes.get(node.name.lower())
        if cte is None or node.db:
            return self._table(node, alias)
        if cte.source is None:
            cte.source = Source("")  # open while it is being looked into: it may be recursive
            cte.source = _renamed(self.query(cte.node.this, cte.parent, cte.known), cte.node)
        return Source(alias, columns=cte.source.columns, inner=cte.source.inner, single=cte.source.single)

    def _table(self, node: exp.Table, alias: str) -> Source:
        name = node.name.lower()
        if node.db.lower() not in {"", "main"} or node.catalog or name.startswith(("sqlite_", "pragma_")):
            return Source(alias)
        table = self._schema.tables.get(name)
        if table is None:
            return Source(alias, missing=node.name)
        if not table.columns:
            return Source(alias)
        columns = {key: column.name for key, column in table.columns.items()}
        return Source(alias, table, columns, single=table.n_rows is not None and table.n_rows <= 1)


def _listed(first: exp.Expr | None, joins: Sequence[exp.Join]) -> Iterator[tuple[exp.Expr, exp.Join | None]]:
    """The sources in FROM, those in parentheses among them, each with the JOIN that it came by."""
    waiting: list[tuple[exp.Expr | None, exp.Join | None]] = [(first, None), *((join.this, join) for join in joins)]
    for node, join in waiting:
        if node is None:
            continue
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table) and not node.alias:
            yield from ((found, by or join) for found, by in _listed(node.this, ()))
            yield from _listed(None, node.args.get("joins") or ())
        else:
            yield node, join
            if isinstance(node, exp.Table | exp.Subquery):
                yield from _listed(None, node.args.get("joins") or ())


def _own(select: exp.Select) -> Iterator[tuple[exp.Expr, bool]]:
    """The nodes of a SELECT in order, each with whether it is a query of its own, which is not entered; nor is WITH."""
    stack = list(reversed(list(select.iter_expressions())))
    while stack:
        node = stack.pop()
        if isinstance(node, exp.With):
            continue
        nested = isinstance(node, exp.Query) and not (isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Query))
        yield node, nested
        if nested and isinstance(node, exp.Subquery):  # joins in parentheses hang on it
            stack.extend(node.args.get("joins") or ())
        elif not nested:
            stack.extend(reversed(list(node.iter_expressions())))


def _outputs(scope: Scope) -> dict[str, str] | None:
    """The columns of a SELECT as a source; None when some of them cannot be known."""
    columns: dict[str, str] = {}
    for item in scope.select.expressions:
        bare = item.unalias()
        if isinstance(bare, exp.Star) or (isinstance(bare, exp.Column) and isinstance(bare.this, exp.Star)):
            qualifier = bare.table.lower() if isinstance(bare, exp.Column) else ""
            for source in scope.sources:
                if qualifier in {"", source.name.lower()}:
                    if source.columns is None:
                        return None
                    columns.update(source.columns)
        elif item.alias_or_name:
            columns.setdefault(item.alias_or_name.lower(), item.alias_or_name)
    return columns


def _renamed(inner: Source, cte: exp.CTE) -> Source:
    """A CTE as a source, with the column names that it gives itself."""
    names = cte.args["alias"].args.get("columns") if cte.args.get("alias") else None
    if names:
        return Source(cte.alias, columns={name.name.lower(): name.name for name in names}, single=inner.single)
    return Source(cte.alias, columns=inner.columns, inner=inner.inner, single=inner.single)


def _use(column: exp.Column, scope: Scope, text: str) -> Use:
    name, qualifier, clause = column.name.lower(), column.table.lower(), _clause(column, scope.select)
    if not qualifier and clause == "order" and name in scope.aliases and _is_whole_term(column):
        return Use("alias", scope, clause, of=scope)  # in ORDER BY an alias goes before a column
    # So do the columns that a star stands for: SELECT * FROM t AS a, t AS b ORDER BY id is the first id, and not ambiguous.
    starred = not qualifier and clause == "order" and _is_whole_term(column) and scope.select.is_star
    derived = False
    for current in _outwards(scope):
        candidates = [source for source in current.sources if qualifier in {"", source.name.lower()}]
        found = tuple(source for source in candidates if source.has(name))
        if column.args.get("db") or any(source.columns is None for source in candidates):
            return Use("open", scope, clause)
        if found:
            one = len(found) == 1 or (not qualifier and (current.natural or name in current.merged))
            if not one and starred and current is scope:
                return Use("open", scope, clause)
            return Use("column", scope, clause, found[:1], current) if one else Use("ambiguous", scope, clause, found, current)
        if not qualifier and name in current.aliases and (current is not scope or clause != "expressions"):
            return Use("alias", scope, clause, of=current)
        derived = derived or any(source.table is None for source in current.sources)
    return Use(_absent(column, text, derived=derived), scope, clause)


def _absent(column: exp.Column, text: str, *, derived: bool) -> Kind:
    """What a name is that no SELECT knows."""
    quoted = bool(column.this.args.get("quoted"))
    if column.name.lower() in _ROWID or (quoted and derived):  # "count(*)" may be what SQLite calls a column of a subquery
        return "open"
    return "text" if quoted and not column.table and _is_double_quoted(column, text) else "unknown"


def _outwards(scope: Scope) -> Iterator[Scope]:
    current: Scope | None = scope
    while current is not None:
        yield current
        current = current.parent


def _clause(node: exp.Expr, select: exp.Select) -> str:
    current = node
    while current.parent is not None and current.parent is not select:
        current = current.parent
    return str(current.arg_key)


def _is_whole_term(column: exp.Column) -> bool:
    node = column.parent
    while isinstance(node, exp.Collate | exp.Paren):
        node = node.parent
    return isinstance(node, exp.Ordered)


def _is_double_quoted(column: exp.Column, text: str) -> bool:
    start = column.this.meta.get("start")
    return start is None or text[start : start + 1] == '"'
