"""What LIMIT cuts: whether rows with the same sort keys stand on both sides of the cut, and whether NULLs come first.

A probe is the query with a wider LIMIT, from its first row, and with its sort keys as further columns. It shows the rows that
the LIMIT leaves out; it cannot say in which order another engine would put rows that are tied.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlglot import exp

from text2sql_data.execution.outcome import Cell, Row, Undecodable

BEYOND = 1_000
"""Rows after the cut that a probe looks at; a longer run of tied rows is judged by its start."""

_VALUE_CHARS = 60


class Key(NamedTuple):
    """A sort key: where the probe's rows have it (from the end when negative), and whether NULL sorts before all else."""

    place: int
    nulls_first: bool
    text: str


class Probe(NamedTuple):
    """A query that shows what a LIMIT cuts.

    Attributes:
        sql: The query.
        skipped: Rows before the first that is kept (OFFSET).
        kept: Rows that are kept at most (LIMIT).
        keys: The sort keys.
        appended: How many of the last columns were added to those that the gold selects.
        inner: Whether the LIMIT stands in a subquery.
    """

    sql: str
    skipped: int
    kept: int
    keys: tuple[Key, ...]
    appended: int
    inner: bool


class NotProbedError(Exception):
    """Why a LIMIT cannot be probed without changing what the query means."""


def limited(tree: exp.Expr) -> Iterator[exp.Query]:
    """Every query of a statement that has a LIMIT, the outermost first; a LIMIT in EXISTS cuts nothing that is seen."""
    for query in tree.find_all(exp.Query):
        if query.args.get("limit") and not isinstance(query.parent, exp.Exists):
            yield query


def probe(query: exp.Query, columns: Collection[str] = ()) -> Probe:
    """Build the probe of one LIMIT.

    Args:
        query: A SELECT or a set operation that has a LIMIT; it is left as it is.
        columns: Names of all columns of the database, in lower case: in an expression they go before aliases.

    Raises:
        NotProbedError: It is a form that cannot be probed.
    """
    wide = query.copy()
    kept, skipped = _number(query, "limit"), _number(query, "offset")
    ordered = query.args["order"].expressions if query.args.get("order") else []
    if isinstance(wide, exp.Select):
        keys, added = _select_keys(wide, ordered, columns)
    elif isinstance(wide, exp.SetOperation):
        keys, added = [_output_key(wide, term) for term in ordered], []
    else:
        raise NotProbedError(f"LIMIT on {type(query).__name__}")
    for expression in added:
        wide.append("expressions", expression)
    wide.set("limit", exp.Limit(expression=exp.Literal.number(skipped + kept + BEYOND)))
    wide.set("offset", None)
    return Probe(wide.sql("sqlite"), skipped, kept, tuple(keys), len(added), query.parent is not None)


def tie(probe: Probe, rows: Sequence[Row]) -> str | None:
    """What is said about a tie that a cut goes through, when the tied rows do not all show the same; None where there is none."""
    where = "in a subquery, " if probe.inner else ""
    for cut in (probe.skipped, probe.skipped + probe.kept):
        if not 0 < cut < len(rows):
            continue
        start, end = _block(probe, rows, cut)
        shown = [row[: len(row) - probe.appended] for row in rows[start:end]]
        if start >= cut or all(row == shown[0] for row in shown):
            continue
        kept = min(end, probe.skipped + probe.kept) - max(start, probe.skipped)
        place = f"rows {start + 1} and {end}" if end - start == 2 else f"rows {start + 1} to {end}"  # noqa: PLR2004 - a pair
        more = " or beyond" if end == probe.skipped + probe.kept + BEYOND else ""
        limit = f"LIMIT {probe.kept}{f' OFFSET {probe.skipped}' if probe.skipped else ''}"
        if not probe.keys:
            return f"{where}there is no ORDER BY, and {limit} keeps {kept} of {place}{more}"
        values = ", ".join(show(value) for value in _values(probe, rows[start]))
        return f"{where}{place}{more} have the same sort key {values}; {limit} keeps {kept} of them"
    return None


def null_first(probe: Probe, rows: Sequence[Row]) -> str | None:
    """What is said when the first row that is kept owes its place to a NULL; None where it does not."""
    if len(rows) <= probe.skipped:
        return None
    for key in probe.keys:
        if key.nulls_first and rows[probe.skipped][key.place] is None:
            where = "in a subquery, " if probe.inner else ""
            n_nulls = sum(row[key.place] is None for row in rows[probe.skipped : probe.skipped + probe.kept])
            return (
                f"{where}ORDER BY {key.text} puts NULL first: {n_nulls} of the rows that LIMIT {probe.kept} keeps have no value"
            )
    return None


def show(value: Cell) -> str:
    """A value as a short text."""
    if value is None:
        return "NULL"
    if isinstance(value, Undecodable):
        value = value.raw
    text = repr(value)
    return text if len(text) <= _VALUE_CHARS else f"{text[:_VALUE_CHARS]}..."


def _values(probe: Probe, row: Row) -> tuple[Cell, ...]:
    return tuple(row[key.place] for key in probe.keys)


def _block(probe: Probe, rows: Sequence[Row], cut: int) -> tuple[int, int]:
    """The rows around a cut whose sort keys equal those of the last row before it."""
    same = _values(probe, rows[cut - 1])
    start = end = cut
    while start > 0 and _values(probe, rows[start - 1]) == same:
        start -= 1
    while end < len(rows) and _values(probe, rows[end]) == same:
        end += 1
    return (start, end) if end > cut else (cut, cut)


def _number(query: exp.Query, name: str) -> int:
    part = query.args.get(name)
    if part is None:
        return 0
    value = part.expression
    if not isinstance(value, exp.Literal) or value.is_string or not value.name.isdigit():
        raise NotProbedError("LIMIT that is no plain number")
    return int(value.name)


def _select_keys(
    select: exp.Select, ordered: Sequence[exp.Ordered], columns: Collection[str]
) -> tuple[list[Key], list[exp.Expr]]:
    """The sort keys of a SELECT, and the expressions that have to be selected as well for them to be seen."""
    aliases = {item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
    found: list[Key | tuple[exp.Expr, exp.Ordered]] = []
    for term in ordered:
        ordinal = _ordinal(term)
        found.append(_key(term, ordinal) if ordinal is not None else (_resolved(term.this, aliases, columns), term))
    added = [item[0] for item in found if not isinstance(item, Key)]
    if select.args.get("distinct"):
        selected = [item.unalias() for item in select.expressions]
        if any(expression not in selected for expression in added):
            raise NotProbedError("DISTINCT with a sort key that is not selected")
    keys, number = [], 0
    for item in found:
        if isinstance(item, Key):
            keys.append(item)
        else:
            keys.append(_key(item[1], number - len(added)))
            number += 1
    return keys, added


def _resolved(expression: exp.Expr, aliases: dict[str, exp.Expr], columns: Collection[str]) -> exp.Expr:
    """A sort key with the aliases in it replaced by what they stand for, as SQLite reads them."""
    if isinstance(expression, exp.Column) and not expression.table and expression.name.lower() in aliases:
        return aliases[expression.name.lower()].copy()

    def replaced(node: exp.Expr) -> exp.Expr:
        name = node.name.lower() if isinstance(node, exp.Column) and not node.table else ""
        return exp.paren(aliases[name].copy()) if name in aliases and name not in columns else node

    return expression.copy().transform(replaced)


def _output_key(query: exp.SetOperation, term: exp.Ordered) -> Key:
    """A sort key of a set operation, which can only be one of its columns."""
    ordinal = _ordinal(term)
    if ordinal is not None:
        return _key(term, ordinal)
    names = [name.lower() for name in query.named_selects]
    if "*" in names or not isinstance(term.this, exp.Column) or names.count(term.this.name.lower()) != 1:
        raise NotProbedError("set operation whose sort key is not one of its columns")
    return _key(term, names.index(term.this.name.lower()))


def _ordinal(term: exp.Ordered) -> int | None:
    """Index of the column that a whole number as sort key means."""
    if term.find(exp.Collate):
        raise NotProbedError("COLLATE in ORDER BY")
    if isinstance(term.this, exp.Literal) and not term.this.is_string and term.this.name.isdigit():
        return int(term.this.name) - 1
    return None


def _key(term: exp.Ordered, index: int) -> Key:
    return Key(index, bool(term.args.get("nulls_first")), term.this.sql("sqlite"))
