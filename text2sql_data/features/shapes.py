"""The shape of a SQL text: what it reads, gives, and asks of rows, as lists and counts that can be compared between candidates.

Names lose their case, their quotes and the table before them, aliases are resolved and comments dropped: two candidates that say
the same in another style have the same shape. A text that cannot be parsed has none of it but its length.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlglot import exp
from sqlglot.errors import SqlglotError

from text2sql_data.sql_ast.syntax import statements

_AGGREGATES: dict[type[exp.Expr], str] = {exp.Count: "count", exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max"}


class Shape(NamedTuple):
    """What a SQL text says. Tuples are sorted unless something else is said, and hold lower case.

    Attributes:
        parsed: Whether it could be parsed.
        tables: Tables that it reads, with repetition.
        columns: Columns that it names, without repetition.
        projection: The expressions of the outermost SELECT, in their order.
        conditions: The conditions of every WHERE and HAVING, taken apart at AND.
        grouping: Expressions of every GROUP BY.
        ordering: Expressions of every ORDER BY, with their direction.
        aggregates: Names of the aggregates, with repetition.
        texts: Its text literals, as written.
        numbers: Its number literals, without the one of LIMIT.
        skeleton: Its text with every name and literal masked.
        limit: Number of the outermost LIMIT.
        distinct: Whether some SELECT, or an aggregate, is DISTINCT.
        selects: SELECTs in it.
        set_operations: UNION, INTERSECT and EXCEPT in it.
        joins: Joins.
        ors: ORs.
        negations: NOT, <> and !=.
        likes: LIKE and GLOB.
        star: Whether it selects *.
        outer_joins: LEFT, RIGHT and FULL joins.
        nodes: Nodes of its tree.
        characters: Its length.
        joined: Columns that are set equal, or IN, as `table.column = table.column`, the lesser first; ? for a table that is not
            certain.
        idle_tables: Tables none of whose columns is used but to join it; None where that is not certain.
    """

    parsed: bool
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    projection: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    grouping: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    skeleton: str | None = None
    limit: int | None = None
    distinct: bool = False
    selects: int = 0
    set_operations: int = 0
    joins: int = 0
    ors: int = 0
    negations: int = 0
    likes: int = 0
    star: bool = False
    outer_joins: int = 0
    nodes: int = 0
    characters: int = 0
    joined: tuple[str, ...] = ()
    idle_tables: int | None = None


def shape(sql: str | None) -> Shape:
    """The shape of a SQL text."""
    text = sql or ""
    try:
        found = statements(text)
    except (SqlglotError, RecursionError):
        found = []
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        return Shape(parsed=False, characters=len(text))
    try:
        return _shape(found[0], len(text))
    except RecursionError:
        return Shape(parsed=False, characters=len(text))


def _shape(tree: exp.Query, characters: int) -> Shape:
    # Each walk through a tree takes as long as all the counting: there are two, before and after its names are made plain.
    named = list(tree.walk())
    joined, idle_tables = _joins(named)
    _plain(named)
    nodes = list(tree.walk())
    outermost = next(iter(_selects(tree)), None)
    limit = tree.args.get("limit")
    of: dict[type[exp.Expr], list[exp.Expr]] = {}
    for node in nodes:
        of.setdefault(type(node), []).append(node)

    def every(*kinds: type[exp.Expr]) -> list[exp.Expr]:
        return [node for kind in kinds for node in of.get(kind, ())]

    literals = [node for node in every(exp.Literal) if not isinstance(node.parent, exp.Limit | exp.Offset)]
    joins = every(exp.Join)
    return Shape(
        parsed=True,
        tables=tuple(sorted(node.name for node in every(exp.Table))),
        columns=tuple(sorted({node.name for node in every(exp.Column)})),
        projection=tuple(_text(one.unalias()) for one in outermost.expressions) if outermost else (),
        conditions=tuple(sorted(_text(part) for clause in every(exp.Where, exp.Having) for part in _conjuncts(clause.this))),
        grouping=tuple(sorted(_text(one) for group in every(exp.Group) for one in group.expressions)),
        ordering=tuple(sorted(_text(one) for order in every(exp.Order) for one in order.expressions)),
        aggregates=tuple(sorted(_AGGREGATES[type(node)] for node in every(*_AGGREGATES))),
        texts=tuple(sorted(node.name for node in literals if node.is_string)),
        numbers=tuple(sorted(node.name for node in literals if not node.is_string)),
        limit=_limit(limit),
        distinct=bool(every(exp.Distinct)),
        selects=len(every(exp.Select)),
        set_operations=len(every(exp.Union, exp.Intersect, exp.Except)),
        joins=len(joins),
        ors=len(every(exp.Or)),
        negations=len(every(exp.Not, exp.NEQ)),
        likes=len(every(exp.Like, exp.Glob)),
        star=bool(outermost and outermost.is_star),
        outer_joins=sum(bool(join.args.get("side")) for join in joins),
        nodes=len(nodes),
        characters=characters,
        joined=tuple(joined),
        idle_tables=idle_tables,
        skeleton=_skeleton(tree, nodes),  # last: it masks the tree
    )


def _joins(nodes: list[exp.Expr]) -> tuple[list[str], int | None]:
    """The pairs of columns that are joined, and how many tables serve for nothing but that. Before names are made plain."""
    tables = {node.alias_or_name.lower(): node.name.lower() for node in nodes if isinstance(node, exp.Table)}
    found: list[str] = []
    joining: set[int] = set()
    for node in nodes:
        if not isinstance(node, exp.EQ | exp.In):
            continue
        left, right = node.this, _other_side(node)
        if isinstance(left, exp.Column) and isinstance(right, exp.Column):
            found.append(" = ".join(sorted((_qualified(left, tables), _qualified(right, tables)))))
            joining |= {id(left), id(right)} if isinstance(node, exp.EQ) else set()
    columns = [node for node in nodes if isinstance(node, exp.Column)]
    if len(tables) > 1 and any(not column.table for column in columns):
        return sorted(found), None
    used = {column.table.lower() for column in columns if id(column) not in joining}
    return sorted(found), sum(alias not in used for alias in tables) if len(tables) > 1 else 0


def _other_side(node: exp.Expr) -> exp.Expr | None:
    """What a column is compared with: the other side of =, or what the query of an IN gives."""
    if isinstance(node, exp.EQ):
        right: exp.Expr | None = node.args.get("expression")
        return right
    query = node.args.get("query")
    select = next(_selects(query.this), None) if isinstance(query, exp.Subquery) else None
    given: exp.Expr | None = select.expressions[0].unalias() if select and select.expressions else None
    return given


def _qualified(column: exp.Column, tables: dict[str, str]) -> str:
    """A column with its table: the one it names, or the only one of its SELECT."""
    table = tables.get(column.table.lower(), column.table.lower()) if column.table else None
    if table is None:
        select = column.find_ancestor(exp.Select)
        source = select.args.get("from_") if select else None
        alone = source is not None and not (select and select.args.get("joins")) and isinstance(source.this, exp.Table)
        table = source.this.name.lower() if source is not None and alone else "?"
    return f"{table}.{column.name.lower()}"


def _plain(nodes: list[exp.Expr]) -> None:
    """Take away what is style: case, quotes and the table before a column; an alias of a table gives way to its name."""
    for node in nodes:
        if isinstance(node, exp.Identifier):
            node.set("this", node.name.lower())
            node.set("quoted", None)
        elif isinstance(node, exp.Column):
            for part in ("table", "db", "catalog"):
                node.set(part, None)
        elif isinstance(node, exp.Table):
            node.set("alias", None)


def _selects(tree: exp.Query) -> Iterator[exp.Select]:
    """The SELECTs that give the rows: the leftmost of a set operation first."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if isinstance(tree, exp.Select):
        yield tree


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    return list(condition.flatten(unnest=True)) if isinstance(condition, exp.And) else [condition]


def _limit(limit: exp.Expr | None) -> int | None:
    number = limit.expression if isinstance(limit, exp.Limit) else None
    value = number.name if isinstance(number, exp.Literal) and not number.is_string else ""
    return int(value) if value.isdecimal() and len(value) < 10 else None  # noqa: PLR2004 - fits 32 bits


def _text(node: exp.Expr, *, copy: bool = True) -> str:
    return node.sql(dialect="sqlite", normalize_functions="lower", comments=False, copy=copy)


def _skeleton(tree: exp.Query, nodes: list[exp.Expr]) -> str:
    for node in nodes:
        if isinstance(node, exp.Identifier):
            node.set("this", "_")
        elif isinstance(node, exp.Literal) and not isinstance(node.parent, exp.Limit):
            node.set("this", "?")
    return _text(tree, copy=False)
