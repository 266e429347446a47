"""Numbers that are compared as text: '9' sorts after '10', and 'unknown' is the greatest of them.

Looks for columns with TEXT (or no) affinity in ORDER BY, in MIN and MAX, and in < <= > >= BETWEEN, and asks the database whether
their values are numbers and whether the comparison comes out otherwise than it would for numbers. A CAST, or any arithmetic,
is taken for an intention. Columns of subqueries are not followed to where they come from.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp

from text2sql_data.execution.outcome import Row
from text2sql_data.golds.ties import show

Schema = Mapping[str, Mapping[str, str]]
"""Declared types by table and column, both in lower case."""

MOSTLY = 0.9
"""Share of the texts that must be numbers."""

_COMPARISONS: Mapping[type[exp.Expr], str] = {exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_VALUES = """
WITH texts AS (
    SELECT {column} AS v, count(*) AS k, {as_text} AS as_text, {as_number} AS as_number, ltrim(trim({column}), '+-') AS body
    FROM {table} WHERE typeof({column}) = 'text' AND trim({column}) <> '' GROUP BY {column}
),
judged AS (
    SELECT *, body GLOB '*[0-9]*' AND body NOT GLOB '*[^0-9.]*' AND body NOT GLOB '*.*.*' AND length(trim(v)) - length(body) <= 1
    AS is_number FROM texts
),
"""
_ORDER = (
    _VALUES
    + """
numbers AS (
    SELECT v, CAST(v AS REAL) AS r, lag(v) OVER (ORDER BY CAST(v AS REAL), v) AS before FROM judged WHERE is_number
),
wrong AS (SELECT before, v FROM numbers WHERE before > v AND CAST(before AS REAL) < r LIMIT 1)
SELECT sum(k), sum(k) FILTER (WHERE is_number), (SELECT before FROM wrong), (SELECT v FROM wrong),
    sum(k) FILTER (WHERE NOT is_number), min(v) FILTER (WHERE NOT is_number)
FROM judged"""
)
_COMPARE = (
    _VALUES
    + """
wrong AS (SELECT * FROM judged WHERE is_number AND as_text <> as_number)
SELECT sum(k), sum(k) FILTER (WHERE is_number), (SELECT min(v) FROM wrong), (SELECT sum(k) FROM wrong),
    sum(k) FILTER (WHERE NOT is_number AND as_text), min(v) FILTER (WHERE NOT is_number AND as_text)
FROM judged"""
)


class Use(NamedTuple):
    """A column that is compared as text.

    Attributes:
        what: The place, such as `MAX(cars.horsepower)`.
        against: Whether it is compared with a literal; otherwise its own values are compared with each other.
        sql: The probe: one row, to be given to `finding`.
    """

    what: str
    against: bool
    sql: str


def uses(tree: exp.Expr, schema: Schema) -> Iterator[Use]:
    """The places of a statement where a column that can hold text is ordered or compared, each with its probe."""
    for node in tree.find_all(exp.Ordered, exp.Min, exp.Max, exp.Between, *_COMPARISONS):
        if isinstance(node, exp.Ordered):
            yield from _ordering(_sort_column(node), "ORDER BY ", "", schema)
        elif isinstance(node, exp.Min | exp.Max):
            if not node.expressions:  # with several arguments it is another function
                yield from _ordering(node.this, f"{node.key.upper()}(", ")", schema)
        elif isinstance(node, exp.Between):
            yield from _comparison(node.this, "BETWEEN", [node.args["low"], node.args["high"]], schema)
        else:
            sign = _COMPARISONS[type(node)]
            yield from _comparison(node.this, sign, [node.expression], schema)
            yield from _comparison(node.expression, _MIRRORED[sign], [node.this], schema)


def finding(use: Use, row: Row) -> str | None:
    """What is said about a use, from the one row of its probe; None where it does no harm in this database."""
    n, n_numbers, first, second, n_other, other = row
    if not isinstance(n, int) or not isinstance(n_numbers, int) or n_numbers < MOSTLY * n:
        return None
    said = []
    if first is not None and use.against:
        said.append(f"{second!r} of them, such as {show(first)}, compare otherwise than as numbers")
    elif first is not None:
        said.append(f"{show(first)} comes after {show(second)}")
    if other is not None:
        said.append(f"{n_other!r}, such as {show(other)}, {'are not but pass' if use.against else 'are not'}")
    return f"{use.what}: {n_numbers} of {n} texts are numbers; {', and '.join(said)}" if said else None


def _sort_column(term: exp.Ordered) -> exp.Expr:
    """What a sort key stands for: the term, or the selected expression that it names or numbers."""
    select = term.find_ancestor(exp.Select)
    key = _bare(term.this)
    if select is None or select.args.get("order") is not term.parent:
        return key
    if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit():
        place = int(key.name) - 1
        return _bare(select.expressions[place]) if place < len(select.expressions) and not select.is_star else key
    for item in select.expressions:
        if isinstance(key, exp.Column) and not key.table and item.alias.lower() == key.name.lower():
            return _bare(item)
    return key


def _bare(node: exp.Expr) -> exp.Expr:
    """An expression without its alias and its parentheses."""
    bare: exp.Expr = node.unalias().unnest()
    return bare


def _ordering(node: exp.Expr, before: str, after: str, schema: Schema) -> Iterator[Use]:
    found = _text_column(node, schema)
    if found:
        yield Use(f"{before}{found[0]}.{found[1]}{after}", against=False, sql=_filled(_ORDER, *found, "NULL", "NULL"))


def _comparison(node: exp.Expr, sign: str, others: Sequence[exp.Expr], schema: Schema) -> Iterator[Use]:
    found = _text_column(node, schema)
    if found is None:
        return
    literals = [_literal(_bare(other), schema) for other in others]
    name = f"{found[0]}.{found[1]}"
    if any(literal is None for literal in literals):
        # A comparison with something numeric is numeric; without affinity on the other side, that side becomes text.
        if not any(
            _is_numeric(_bare(other), schema) or _is_text(literal) for other, literal in zip(others, literals, strict=True)
        ):
            yield from _ordering(node, "", f" {sign} {' AND '.join(other.sql('sqlite') for other in others)}", schema)
        return
    texts = [literal for literal in literals if literal is not None]
    if not any(_is_text(literal) for literal in texts):
        written, numbers = " AND ".join(texts), " AND ".join(literal.strip("'") for literal in texts)
        column = _quoted(found[1])
        yield Use(
            f"{name} {sign} {written}",
            against=True,
            sql=_filled(_COMPARE, *found, f"{column} {sign} {written}", f"CAST({column} AS REAL) {sign} {numbers}"),
        )


def _filled(template: str, table: str, column: str, as_text: str, as_number: str) -> str:
    return template.format(table=_quoted(table), column=_quoted(column), as_text=as_text, as_number=as_number)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(node: exp.Expr, schema: Schema) -> str | None:
    """The text of a literal; SQLite reads "10" as a string where there is no such column."""
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return f"-{node.this.name}"
    if isinstance(node, exp.Literal):
        return node.sql("sqlite")
    if isinstance(node, exp.Column) and node.this.args.get("quoted") and not node.table and _declared(node, schema) is None:
        return exp.Literal.string(node.name).sql("sqlite")
    return None


def _is_text(literal: str | None) -> bool:
    """Whether a literal is a string that is no number, such as a date."""
    if literal is None or not literal.startswith("'"):
        return False
    body = literal.strip("'").removeprefix("-")
    return not body.replace(".", "", 1).isdecimal()


def _is_numeric(node: exp.Expr, schema: Schema) -> bool:
    """Whether an expression has a numeric affinity, which it lends to the text that it is compared with."""
    if isinstance(node, exp.Subquery | exp.Select):
        select = node.find(exp.Select)
        return select is not None and bool(select.expressions) and _is_numeric(_bare(select.expressions[0]), schema)
    if isinstance(node, exp.Cast):
        return _affinity(node.to.sql("sqlite")) == "NUMERIC"
    declared = _declared(node, schema) if isinstance(node, exp.Column) else None
    return declared is not None and _affinity(declared[1]) == "NUMERIC"


def _text_column(node: exp.Expr, schema: Schema) -> tuple[str, str] | None:
    """Table and column, where an expression is nothing but a column that keeps text as it is."""
    column = _bare(node)
    declared = _declared(column, schema) if isinstance(column, exp.Column) else None
    return (declared[0], column.name) if declared and _affinity(declared[1]) != "NUMERIC" else None


def _declared(column: exp.Column, schema: Schema) -> tuple[str, str] | None:
    """The table that a column belongs to and its declared type; None where it belongs to none, or to a subquery."""
    name, qualifier = column.name.lower(), column.table.lower()
    node: exp.Expr | None = column
    while node is not None and (node := node.find_ancestor(exp.Select)) is not None:
        first = node.args.get("from_")
        sources = [source.this for source in ([first] if first else []) + node.args.get("joins", [])]
        for source in sources:
            if qualifier and source.alias_or_name.lower() != qualifier:
                continue
            known = schema.get(source.name.lower(), {}) if isinstance(source, exp.Table) else {}
            if name in known and not _is_cte(source):
                return source.name, known[name]
            if qualifier:
                return None
    return None


def _is_cte(table: exp.Table) -> bool:
    named = (cte.alias.lower() for with_ in table.root().find_all(exp.With) for cte in with_.expressions)
    return table.name.lower() in named


def _affinity(declared: str) -> str:
    """TEXT, NONE or NUMERIC (which stands for INTEGER and REAL, too), by SQLite's rules for declared types."""
    kind = declared.upper()
    if "INT" in kind:
        return "NUMERIC"
    if any(part in kind for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    return "NONE" if "BLOB" in kind or not kind else "NUMERIC"
