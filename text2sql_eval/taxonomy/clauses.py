"""In which clauses two SQL texts differ, as parsed: what stands differently, never what another style of writing it looks like.

It reads two texts and nothing else: no schema, no database. That a clause differs does not say that it is wrong: another way to
the same result differs too. What no rule of `forms` equates (a join for a subquery, say) counts as a difference.
"""

from functools import lru_cache
from itertools import zip_longest
from typing import Final, NamedTuple

from sqlglot import exp
from sqlglot.errors import SqlglotError

from text2sql_data.sql_ast.syntax import statements
from text2sql_eval.taxonomy.forms import BRANCH, Outline, Writer

VERSION: Final = 2
"""Version of the comparison: raise it whenever a difference could change."""

CLAUSES: Final = ("select", "from", "where", "group_by", "having", "order_by", "limit", "set_operation")

_LONGEST = 50_000  # characters of a SQL; what is longer is no SQL that anybody meant
_VARIANTS = 24  # numberings of tables that are read several times


class _Read(NamedTuple):
    """A text as parsed: its outline; the columns of unknown tables, and of tables that are read alone; its numberings."""

    sql: str
    tree: exp.Expr
    outline: Outline
    unresolved: frozenset[str]
    implied: frozenset[str]
    variants: int


def differing_clauses(sql: str, other: str) -> tuple[str, ...] | None:
    """The clauses in which a SQL differs from another one.

    Names of aliases, letter case of names and keywords, quotes, white space, parentheses, the order of terms of AND, OR and
    commutative operators, and that of inner joins are no differences. With a set operation on one side only, its first SELECT
    is compared with the other side. Where another table is read, that its columns are of another table is no further
    difference. What stands in a subquery counts for the clause in which the subquery stands.

    Args:
        sql: A SQL.
        other: The SQL that it is compared with, such as the gold.

    Returns:
        Some of `CLAUSES`, in their order; none where nothing differs; None where one of both is no query that can be parsed.
    """
    try:
        one, two = _read(sql), _read_other(other)
        if one is None or two is None:
            return None
        loose = one.unresolved | two.unresolved
        found = _least(one, two, loose)
        if "from" in found:
            # Another table alone is a difference of FROM; that of every column that is read from it is no other one.
            found &= _least(one, two, loose | one.implied | two.implied)
    except RecursionError:
        return None
    return tuple(clause for clause in CLAUSES if clause in found)


def _least(one: _Read, two: _Read, loose: frozenset[str]) -> set[str]:
    """The clauses that differ, with the tables numbered so that the fewest do; `loose` columns are compared by name alone."""
    target = Writer(two.sql, loose).outline(two.tree) if loose else two.outline
    best: set[str] | None = None
    for variant in range(min(one.variants, _VARIANTS)):
        outline = Writer(one.sql, loose, variant).outline(one.tree) if loose or variant else one.outline
        found = _compared(outline, target)
        if best is None or len(found) < len(best):
            best = found
        if not best:
            break
    return best or set()


def _read(sql: str) -> _Read | None:
    """A text as parsed; None where it is not one query."""
    if len(sql) > _LONGEST:
        return None
    try:
        trees = statements(sql)
    except SqlglotError:
        return None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        return None
    writer = Writer(sql)
    outline = writer.outline(trees[0])
    return _Read(sql, trees[0], outline, frozenset(writer.unresolved), frozenset(writer.implied), writer.variants)


_read_other = lru_cache(maxsize=256)(_read)  # all candidates of a question are compared with one gold


def _compared(one: Outline, two: Outline) -> set[str]:
    found = set()
    if one.operations != two.operations:
        found.add("set_operation")
    if one.order_by != two.order_by:
        found.add("order_by")
    if one.limit != two.limit:
        found.add("limit")
    branches = _branches(one.branches, two.branches)
    if one.operations == two.operations and one.commutes and branches:
        other_way = _branches(one.branches[::-1], two.branches)
        branches = min(branches, other_way, key=len)
    return found | branches


def _branches(one: tuple[dict[str, str], ...], two: tuple[dict[str, str], ...]) -> set[str]:
    """The clauses that differ in some SELECT that both have."""
    pairs = [(left, right) for left, right in zip_longest(one, two) if left is not None and right is not None]
    return {clause for left, right in pairs for clause in BRANCH if left[clause] != right[clause]}
