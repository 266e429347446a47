"""Canonical texts of the clauses of a query: equal texts for what is the same in another style.

A column is written with the table that its alias stands for; where several tables are read and none is named, its table is not
known from the text, and `unresolved` says so. A table that is read twice is numbered, and a `variant` numbers it otherwise.
Common table expressions are put where they are read.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from typing import Final, NamedTuple

from sqlglot import exp

from text2sql_eval.taxonomy.expressions import Terms
from text2sql_eval.taxonomy.sources import Ctes, Scope, alias_of, conjuncts, derived, listed, merge, outputs

BRANCH: Final = ("select", "from", "where", "group_by", "having")
"""The clauses of one SELECT; order and limit belong to the whole query."""

_AT_ONCE = 3  # of one table that is read more often, one numbering is enough


class Outline(NamedTuple):
    """A query: its set operations in order, the clauses of each SELECT, and the order and limit of the whole.

    `commutes` says that two SELECTs may stand in either order.
    """

    operations: tuple[str, ...]
    branches: tuple[dict[str, str], ...]
    order_by: str
    limit: str
    commutes: bool


class Writer:
    """Writes one parsed query.

    Attributes:
        unresolved: Names of columns of which the text does not tell the table.
        implied: Names of columns that are of the only table of their SELECT.
        variants: In how many ways the tables can be numbered.
    """

    def __init__(self, text: str, loose: frozenset[str] = frozenset(), variant: int = 0) -> None:
        """`loose` are columns that are written without a table; `text` is what the tree was parsed from."""
        self._terms = Terms(text, loose, self._query)
        self.unresolved = self._terms.unresolved
        self.implied = self._terms.implied
        self.variants = 1
        self._variant = variant
        self._numbered: dict[int, list[str]] = {}

    def outline(self, tree: exp.Expr, parent: Scope | None = None, ctes: Ctes | None = None) -> Outline:
        """The outline of a query."""
        known = dict(ctes or {})
        with_ = tree.args.get("with_")
        for cte in with_.expressions if with_ else ():
            known[cte.alias.casefold()] = cte.this
        if isinstance(tree, exp.Subquery):
            inner = self.outline(tree.this, parent, known)
            own = Scope(parent, clause="order_by")
            return inner._replace(
                order_by=self._order(tree, own, known) or inner.order_by, limit=self._limit(tree, own, known) or inner.limit
            )
        if isinstance(tree, exp.SetOperation):
            left, right = self.outline(tree.left, parent, known), self.outline(tree.right, parent, known)
            operation = type(tree).__name__ + ("" if tree.args.get("distinct") else " ALL")
            own = Scope(parent, clause="order_by")
            operations = (*left.operations, operation, *right.operations)
            commutes = len(operations) == 1 and not isinstance(tree, exp.Except)
            branches = (*left.branches, *right.branches)
            return Outline(operations, branches, self._order(tree, own, known), self._limit(tree, own, known), commutes)
        if isinstance(tree, exp.Select):
            scope = Scope(parent)
            branch = self._select(tree, scope, known)
            scope.clause = "order_by"
            return Outline((), (branch,), self._order(tree, scope, known), self._limit(tree, scope, known), commutes=False)
        return Outline(
            (), ({**dict.fromkeys(BRANCH, ""), "select": self._terms.form(tree, Scope(parent), known)},), "", "", commutes=False
        )

    def _query(self, tree: exp.Expr, parent: Scope | None, ctes: Ctes, *, selected: bool) -> str:
        """A query inside another one."""
        found = self.outline(tree, parent, ctes)
        branches = [str(sorted((branch if selected else {**branch, "select": ""}).items())) for branch in found.branches]
        return f"({found.operations}{sorted(branches) if found.commutes else branches}{found.order_by}{found.limit})"

    def _select(self, select: exp.Select, scope: Scope, ctes: Ctes) -> dict[str, str]:
        from_ = select.args.get("from_")
        read = list(listed(from_.this if from_ else None, select.args.get("joins") or ()))
        labels = self._labels(select, [node for node, _ in read], ctes)
        shown = []
        for (node, _), label in zip(read, labels, strict=True):
            scope.sources.setdefault(alias_of(node), label)
            query = derived(node, ctes)
            if query is None:
                shown.append(label if isinstance(node, exp.Table) else f"{label}{self._terms.form(node, scope, ctes)}")
                continue
            name = node.name.casefold() if isinstance(node, exp.Table) else None
            others = {key: cte for key, cte in ctes.items() if key != name}
            shown.append(f"{label}{self._query(query, scope.parent, others, selected=True)}")
            scope.outputs[label] = outputs(query)
        scope.aliases = {item.alias.casefold(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
        items = [self._terms.form(item, scope, ctes) for item in select.expressions]
        scope.clause = "where"
        where = select.args.get("where")
        tables, conditions = self._from(read, shown, labels, conjuncts(where.this) if where else [], scope, ctes)
        scope.clause = "group_by"
        group, having = select.args.get("group"), select.args.get("having")
        groups = [self._terms.form(self._placed(item, select), scope, ctes) for item in group.expressions] if group else []
        return {
            "select": ("DISTINCT " if select.args.get("distinct") else "") + ", ".join(items),
            "from": tables,
            "where": self._terms.all_of(conditions, scope, ctes),
            "group_by": ", ".join(sorted(set(groups))),
            "having": self._terms.all_of(conjuncts(having.this), scope, ctes) if having else "",
        }

    def _labels(self, select: exp.Select, nodes: Sequence[exp.Expr], ctes: Ctes) -> list[str]:
        """A name for each source: that of its table, with a number where it is read several times."""
        if id(select) in self._numbered:
            return self._numbered[id(select)]
        names = [
            "()" if derived(node, ctes) is not None or not isinstance(node, exp.Table) else node.name.casefold() for node in nodes
        ]
        labels = list(names)
        for name, times in Counter(names).items():
            if times == 1:
                continue
            orders = list(permutations(range(times))) if times <= _AT_ONCE else [tuple(range(times))]
            self._variant, place = divmod(self._variant, len(orders))
            self.variants *= len(orders)
            for number, index in zip(orders[place], [index for index, one in enumerate(names) if one == name], strict=True):
                labels[index] = f"{name}#{number}"
        self._numbered[id(select)] = labels
        return labels

    def _from(
        self,
        read: Sequence[tuple[exp.Expr, exp.Join | None]],
        shown: Sequence[str],
        labels: Sequence[str],
        conditions: list[exp.Expr],
        scope: Scope,
        ctes: Ctes,
    ) -> tuple[str, list[exp.Expr]]:
        """FROM with its joins, and the conditions that are left for WHERE.

        Where all joins are inner ones, equations between columns of two tables belong to FROM, wherever they stand, and all other
        conditions to WHERE; what is equal to the same is one class.
        """
        joins = [join for _, join in read]
        if any(join is not None and (join.side or join.kind not in {"", "INNER", "CROSS"}) for join in joins):
            parts = []
            for text, join in zip(shown, joins, strict=True):
                if join is None:
                    parts.append(text)
                    continue
                kind = f"{join.method} {join.side} {'' if join.kind in {'INNER', 'OUTER', 'CROSS'} else join.kind}".split()
                on = self._terms.all_of(conjuncts(join.args["on"]), scope, ctes) if join.args.get("on") else ""
                using = sorted(name.name.casefold() for name in join.args.get("using") or ())
                parts.append(f"{' '.join(kind)} JOIN {text} ON {on} {using or ''}")
            return "; ".join(parts), conditions
        classes: list[set[str]] = []
        left = []
        for condition in [
            *(part for join in joins if join and join.args.get("on") for part in conjuncts(join.args["on"])),
            *conditions,
        ]:
            pair = self._joined(condition, scope, ctes)
            if pair is None:
                left.append(condition)
            else:
                merge(classes, pair)
        for place, join in enumerate(joins):
            for name in (name.name.casefold() for name in (join.args.get("using") or () if join else ())):
                if place == 1:
                    merge(classes, {self._terms.named(name, label, scope) for label in labels[:2]})
                else:
                    self.unresolved.add(name)
                    merge(classes, {f".{name}"})
        natural = " NATURAL" if any(join is not None and join.method == "NATURAL" for join in joins) else ""
        return f"{sorted(shown)}{natural} ON {sorted(map(sorted, classes))}", left

    def _joined(self, condition: exp.Expr, scope: Scope, ctes: Ctes) -> set[str] | None:
        """Both columns of an equation that joins two tables of the SELECT."""
        if not isinstance(condition, exp.EQ):
            return None
        sides = condition.left.unnest(), condition.right.unnest()
        if not all(isinstance(side, exp.Column) and not self._terms.is_text(side) for side in sides):
            return None
        owners = [self._terms.owner(side, scope) for side in sides if isinstance(side, exp.Column)]
        own = set(scope.sources.values())
        if any(owner is not None and owner not in own for owner in owners) or (owners[0] is not None and owners[0] == owners[1]):
            return None
        return {self._terms.form(side, scope, ctes) for side in sides}

    def _order(self, tree: exp.Expr, scope: Scope, ctes: Ctes) -> str:
        order = tree.args.get("order")
        terms = []
        for term in order.expressions if order else ():
            ordered = isinstance(term, exp.Ordered)
            down = bool(ordered and term.args.get("desc"))
            nulls = ordered and bool(term.args.get("nulls_first")) == down  # not as SQLite sorts them by itself
            inner = self._placed(term.this if ordered else term, tree)
            terms.append(f"{self._terms.form(inner, scope, ctes)}{' DESC' if down else ''}{' NULLS' if nulls else ''}")
        return ", ".join(dict.fromkeys(terms))

    def _limit(self, tree: exp.Expr, scope: Scope, ctes: Ctes) -> str:
        limit, offset = tree.args.get("limit"), tree.args.get("offset")
        shown = self._terms.form(limit.expression, scope, ctes) if limit is not None else ""
        skipped = self._terms.form(offset.expression, scope, ctes) if offset is not None else "0"
        return shown if skipped == "0" else f"{shown} OFFSET {skipped}"

    def _placed(self, node: exp.Expr, tree: exp.Expr) -> exp.Expr:
        """The item of the select list that a number in GROUP BY or ORDER BY stands for."""
        bare = node.unnest()
        if isinstance(tree, exp.Select) and isinstance(bare, exp.Literal) and not bare.is_string and bare.name.isdigit():
            place = int(bare.name) - 1
            if 0 <= place < len(tree.expressions):
                item: exp.Expr = tree.expressions[place].unalias()
                return item
        return node
