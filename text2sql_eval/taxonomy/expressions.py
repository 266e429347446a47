"""Canonical texts of expressions: equal texts for what is the same in another style.

Letter case of names, quotes, parentheses, the order of commutative operands, and the direction of a comparison are left out;
BETWEEN is two comparisons, IN one value is an equation. A name in double quotes is a text where something is compared with it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from sqlglot import exp

from text2sql_eval.taxonomy.sources import Ctes, Scope, parts

_OPPOSITE: Final[Mapping[type[exp.Expr], type[exp.Expr]]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.GT: exp.LTE,
    exp.GTE: exp.LT,
    exp.LT: exp.GTE,
    exp.LTE: exp.GT,
}
_TURNED: Final[Mapping[type[exp.Expr], type[exp.Expr]]] = {exp.GT: exp.LT, exp.GTE: exp.LTE}
_ANY_ORDER = (exp.And, exp.Or, exp.Add, exp.Mul)
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.Glob, exp.In, exp.Between, exp.Is)
_IGNORED = frozenset({"big_int"})  # what the parser notes for other dialects


class Query(Protocol):
    """Writes a query within an expression, without its select list where that does not matter."""

    def __call__(self, tree: exp.Expr, parent: Scope | None, ctes: Ctes, *, selected: bool) -> str:
        """The canonical text."""


class Terms:
    """Writes the expressions of one query.

    Attributes:
        unresolved: Names of columns of which the text does not tell the table.
        implied: Names of columns that are of the only table of their SELECT.
    """

    def __init__(self, text: str, loose: frozenset[str], query: Query) -> None:
        """`loose` are columns that are written without a table; `text` is what the tree was parsed from."""
        self.unresolved: set[str] = set()
        self.implied: set[str] = set()
        self._text = text
        self._loose = loose
        self._query = query

    def all_of(self, conditions: Sequence[exp.Expr], scope: Scope, ctes: Ctes) -> str:
        """Conditions that all have to hold, in one order and each once."""
        forms = {form for condition in conditions for form in self._condition(condition, scope, ctes)}
        return " AND ".join(sorted(forms))

    def _condition(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> list[str]:
        if isinstance(node, exp.Between) and not node.args.get("symmetric"):
            low, value, high = (self.form(node.args[name], scope, ctes) for name in ("low", "this", "high"))
            return [f"LTE({low}, {value})", f"LTE({value}, {high})"]
        return [self.form(node, scope, ctes)]

    def form(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> str:
        """One expression."""
        if isinstance(node, exp.Paren | exp.Alias):
            return self.form(node.this, scope, ctes)
        if isinstance(node, exp.Column):
            return self._column(node, scope, ctes)
        if isinstance(node, exp.Query):
            return self._query(node, scope, ctes, selected=True)
        if isinstance(node, exp.Exists):  # what is selected there does not matter
            return f"Exists{self._query(node.this, scope, ctes, selected=False)}"
        if isinstance(node, exp.Literal):
            return repr(node.this) if node.is_string else str(node.this).lower()
        return self._operation(node, scope, ctes) or self._generic(node, scope, ctes)

    def _operation(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> str | None:  # noqa: PLR0911 - one a kind
        """An operation that can be written in several ways."""
        if isinstance(node, exp.Not):
            inner = node.this.unnest()
            if isinstance(inner, exp.Not):
                return self.form(inner.this, scope, ctes)
            return self._compared(_OPPOSITE[type(inner)], inner, scope, ctes) if type(inner) in _OPPOSITE else None
        if type(node) in _OPPOSITE:
            return self._compared(type(node), node, scope, ctes)
        if isinstance(node, exp.Between):
            return f"And({', '.join(sorted(self._condition(node, scope, ctes)))})"
        if isinstance(node, _ANY_ORDER):
            operands = [self.form(part, scope, ctes) for part in parts(node, type(node))]
            once = set(operands) if isinstance(node, exp.Connector) else operands
            return f"{type(node).__name__}({', '.join(sorted(once))})"
        if isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
            values = sorted({self.form(value, scope, ctes) for value in node.expressions})
            left = self.form(node.this, scope, ctes)
            return f"EQ({', '.join(sorted((left, values[0])))})" if len(values) == 1 else f"In({left}, {values})"
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Literal):
            return "Count(this=Star())"
        return None

    def _compared(self, kind: type[exp.Expr], node: exp.Expr, scope: Scope, ctes: Ctes) -> str:
        sides = [self.form(node.this, scope, ctes), self.form(node.expression, scope, ctes)]
        if kind in _TURNED:
            kind, sides = _TURNED[kind], sides[::-1]
        elif kind in {exp.EQ, exp.NEQ}:
            sides.sort()
        return f"{kind.__name__}({', '.join(sides)})"

    def _generic(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> str:
        found = []
        for name, value in node.args.items():
            if name in _IGNORED or value is None or value is False or value == []:
                continue
            values = value if isinstance(value, list) else [value]
            shown = [self.form(one, scope, ctes) if isinstance(one, exp.Expr) else str(one).casefold() for one in values]
            found.append(f"{name}={', '.join(shown)}")
        return f"{type(node).__name__}({'; '.join(found)})"

    def _column(self, column: exp.Column, scope: Scope, ctes: Ctes) -> str:
        if self.is_text(column):
            return repr(column.name)
        name = column.name.casefold()
        if not column.table and scope.clause != "select" and name in scope.aliases:
            meant, clause = scope.aliases[name], scope.clause
            # But in ORDER BY, a column goes before an alias: max(age) AS age is not what WHERE age > 1 is about.
            if clause == "order_by" or all(one.name.casefold() != name for one in meant.find_all(exp.Column)):
                scope.clause = "select"
                try:
                    return self.form(meant, scope, ctes)
                finally:
                    scope.clause = clause
        owner = self.owner(column, scope)
        if isinstance(column.this, exp.Star):
            return f"{owner}.*"
        if owner is None:
            self.unresolved.add(name)
        elif len(scope.sources) == 1:
            self.implied.add(name)
        return self.named(name, owner, scope)

    def named(self, name: str, owner: str | None, scope: Scope) -> str:
        """A column as it is written: by its place where it is one of a subquery that names it."""
        if name in self._loose or owner is None:
            return f".{name}"
        label = owner.lstrip("^")
        current: Scope | None = scope
        for _ in range(len(owner) - len(label)):
            current = current.parent if current else None
        places = current.outputs.get(label, {}) if current else {}
        return f"{owner}.{places.get(name, name)}"

    def owner(self, column: exp.Column, scope: Scope) -> str | None:
        """The source of a column, with a mark for each SELECT that is in between; None where it may be one of several."""
        qualifier = column.table.casefold()
        current: Scope | None = scope
        marks = ""
        while current is not None:
            if qualifier:
                if qualifier in current.sources:
                    return marks + current.sources[qualifier]
            elif current.sources:
                labels = list(current.sources.values())
                return marks + labels[0] if len(labels) == 1 else None
            current = current.parent
            marks += "^"
        return f"!{qualifier}" if qualifier else None

    def is_text(self, column: exp.Column) -> bool:
        """Whether a name in double quotes is a text: where something is compared with it."""
        if column.table or not isinstance(column.this, exp.Identifier) or not column.this.args.get("quoted"):
            return False
        start = column.this.meta.get("start")
        if start is not None and self._text[start : start + 1] != '"':
            return False
        parent = column.parent
        return isinstance(parent, _COMPARED) and column.arg_key != "this"
