"""The difference by clause: another style of a query is none, a change of one clause is that clause, on published golds."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from text2sql_eval.taxonomy.clauses import CLAUSES, differing_clauses

Style = Callable[[exp.Expr, Random], exp.Expr]


@pytest.fixture(scope="session")
def golds(real_data: Path) -> Sequence[str]:
    """The different golds of Spider dev and of BIRD dev."""
    spider = [question["query"] for question in json.loads((real_data / "spider/dev.json").read_text("utf-8"))]
    bird = [question["SQL"] for question in json.loads((real_data / "bird/dev.json").read_text("utf-8"))]
    return list(dict.fromkeys([*spider, *bird]))


def realiased(tree: exp.Expr, rng: Random) -> exp.Expr:
    """Every alias of a table gets another name."""
    for select in tree.find_all(exp.Select):
        for source in [select.args.get("from_"), *(select.args.get("joins") or [])]:
            if source is None or not isinstance(source.this, exp.Table | exp.Subquery) or not source.this.alias:
                continue
            old, new = source.this.alias, f"z{rng.randrange(10_000)}"
            uses = [column for column in tree.find_all(exp.Column) if column.table.lower() == old.lower()]
            others = [one for one in tree.find_all(exp.TableAlias) if one.name.lower() == old.lower()]
            if len(others) == 1:  # the name means one thing only
                source.this.set("alias", exp.TableAlias(this=exp.to_identifier(new)))
                for column in uses:
                    column.set("table", exp.to_identifier(new))
    return tree


def quoted(tree: exp.Expr, _: Random) -> exp.Expr:
    """Every name is in quotes, but for one with which something is compared: in quotes that is a text."""
    for name in tree.find_all(exp.Identifier):
        column = name.parent
        if not (isinstance(column, exp.Column) and not column.table and column.arg_key != "this"):
            name.set("quoted", True)  # noqa: FBT003 - a value
    return tree


def reordered(tree: exp.Expr, rng: Random) -> exp.Expr:
    """The terms of AND and OR, and both sides of what commutes or can be turned, change places."""
    turned = {exp.GT: exp.LT, exp.LT: exp.GT, exp.GTE: exp.LTE, exp.LTE: exp.GTE}
    for node in reversed(list(tree.find_all(exp.And, exp.Or, exp.EQ, exp.NEQ, exp.Add, exp.Mul, *turned))):  # the innermost first
        if rng.random() < 0.5 or _quoted_text(node):
            continue
        left, right = (exp.paren(side) if isinstance(side, exp.Div) else side.copy() for side in (node.this, node.expression))
        if type(node) in turned:
            node.replace(turned[type(node)](this=right, expression=left))
        else:
            node.set("this", right)
            node.set("expression", left)
    return tree


def _quoted_text(node: exp.Expr) -> bool:
    """Whether it compares with a name in double quotes, which is a text on the right side only."""
    return any(
        isinstance(side, exp.Column) and not side.table and side.this.args.get("quoted") for side in (node.this, node.expression)
    )


def rejoined(tree: exp.Expr, rng: Random) -> exp.Expr:
    """Inner joins of tables change places; their conditions stay where all tables are known."""
    for select in tree.find_all(exp.Select):
        joins = select.args.get("joins") or []
        from_ = select.args.get("from_")
        plain = all(not join.side and not join.method and not join.args.get("using") and join.args.get("on") for join in joins)
        if not joins or not plain or not isinstance(from_.this, exp.Table):
            continue
        tables = [from_.this, *(join.this for join in joins)]
        if not all(isinstance(table, exp.Table) for table in tables):
            continue
        conditions = [join.args["on"] for join in joins]
        tables = [table.copy() for table in tables]
        rng.shuffle(tables)
        from_.set("this", tables[0])
        select.set("joins", [exp.Join(this=table) for table in tables[1:]])
        select.args["joins"][-1].set("on", exp.and_(*[one.copy() for one in conditions]))
    return tree


def comma_joined(tree: exp.Expr, _: Random) -> exp.Expr:
    """Conditions of inner joins stand in WHERE."""
    for select in tree.find_all(exp.Select):
        joins = select.args.get("joins") or []
        if any(join.side or join.method or join.args.get("using") for join in joins):
            continue
        for join in joins:
            if join.args.get("on"):
                select.where(join.args["on"].copy(), copy=False)
                join.set("on", None)
    return tree


STYLES: Sequence[Style] = (realiased, quoted, reordered, rejoined, comma_joined)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_another_style_is_no_difference(golds: Sequence[str], data: st.DataObject) -> None:
    """Aliases, quotes, order of terms and joins, letter case, blanks and parentheses: any of them, in any order."""
    sql = golds[data.draw(st.integers(0, len(golds) - 1))]
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    rng = Random(data.draw(st.integers(0, 1000)))  # noqa: S311 - any will do
    for style in data.draw(st.lists(st.sampled_from(STYLES), unique=True, max_size=4)):
        tree = sqlglot.parse_one(style(tree, rng).sql(dialect="sqlite"), dialect="sqlite")
    text = tree.sql(
        dialect="sqlite", pretty=data.draw(st.booleans()), normalize_functions=data.draw(st.sampled_from(["lower", "upper"]))
    )
    assert differing_clauses(text, sql) == ()
    assert differing_clauses(sql, text) == ()


def test_a_gold_is_the_same_as_itself(golds: Sequence[str]) -> None:
    """Every third gold is read, and does not differ from itself in sqlglot's style."""
    some = golds[::3]
    restyled = [sqlglot.parse_one(sql, dialect="sqlite").sql(dialect="sqlite", pretty=True) for sql in some]
    assert [sql for sql, other in zip(some, restyled, strict=True) if differing_clauses(other, sql) != ()] == []


def _other_limit(select: exp.Select) -> exp.Expr | None:
    return select.limit(7 if select.args.get("limit") is None else 941)


def _other_order(select: exp.Select) -> exp.Expr | None:
    order = select.args.get("order")
    if order is None:
        return select.order_by("some_column DESC")
    order.expressions[0].set("desc", not order.expressions[0].args.get("desc"))
    order.expressions[0].set("nulls_first", not order.expressions[0].args["desc"])
    return select


def _other_condition(select: exp.Select) -> exp.Expr | None:
    return select.where("some_column > 5")


def _lost_condition(select: exp.Select) -> exp.Expr | None:
    where = select.args.get("where")
    columns_only = where is not None and all(
        isinstance(one, exp.EQ) and isinstance(one.expression, exp.Column) for one in where.this.flatten()
    )
    if where is None or columns_only or isinstance(where.this, exp.And):
        return None
    select.set("where", None)
    return select


def _other_group(select: exp.Select) -> exp.Expr | None:
    return select.group_by("some_column")


def _other_having(select: exp.Select) -> exp.Expr | None:
    return select.having("count(*) > 12345")


def _other_item(select: exp.Select) -> exp.Expr | None:
    ordinals = any(isinstance(one.this, exp.Literal) for one in select.find_all(exp.Ordered))
    return None if ordinals else select.select("some_column")


def _toggled_distinct(select: exp.Select) -> exp.Expr | None:
    return select.distinct(distinct=not select.args.get("distinct"))


def _other_table(select: exp.Select) -> exp.Expr | None:
    # Where one table is read, a second one leaves it open which of them a bare column is of; nothing else may differ even so.
    return select.join("some_table", on="some_table.x = 3.5 OR some_table.y = 1", join_type="LEFT")


def _united(select: exp.Select) -> exp.Expr | None:
    if select.args.get("order") or select.args.get("limit"):
        return None
    return exp.union(select, "SELECT x FROM some_table", dialect="sqlite")


CHANGES: dict[Callable[[exp.Select], exp.Expr | None], str] = {
    _other_limit: "limit",
    _other_order: "order_by",
    _other_condition: "where",
    _lost_condition: "where",
    _other_group: "group_by",
    _other_having: "having",
    _other_item: "select",
    _toggled_distinct: "select",
    _other_table: "from",
    _united: "set_operation",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_a_change_of_one_clause_is_that_clause(change: Callable[[exp.Select], exp.Expr | None], golds: Sequence[str]) -> None:
    """On every twentieth gold that the change applies to, exactly the changed clause differs, in both directions."""
    found = {}
    for sql in golds[::20]:
        tree = sqlglot.parse_one(sql, dialect="sqlite")
        changed = change(tree) if isinstance(tree, exp.Select) else None
        if changed is not None:
            text = changed.sql(dialect="sqlite")
            found[sql] = (differing_clauses(text, sql), differing_clauses(sql, text))
    assert len(found) > 20
    assert {sql: clauses for sql, clauses in found.items() if clauses != ((CHANGES[change],),) * 2} == {}


SAME = """
SELECT name FROM singer                                                 | SELECT T1.Name FROM singer AS T1
SELECT a FROM t WHERE c = "France"                                      | SELECT a FROM t WHERE c = 'France'
SELECT a FROM t WHERE b BETWEEN 1 AND 5                                 | SELECT a FROM t WHERE 5 >= b AND b >= 1
SELECT a FROM t WHERE NOT b = 1                                         | SELECT a FROM t WHERE b <> 1
SELECT a FROM t WHERE b IN (2, 1)                                       | SELECT a FROM t WHERE (b IN (1, 2))
SELECT a FROM t WHERE b IN (1)                                          | SELECT a FROM t WHERE b = 1
SELECT count(*) AS n, c FROM t GROUP BY c ORDER BY n                    | SELECT COUNT(*), c FROM t GROUP BY 2 ORDER BY count(*) ASC
SELECT max(age) AS age FROM t WHERE age > 1                             | SELECT max(age) FROM t WHERE age > 1
SELECT a FROM t LIMIT 2, 5                                              | SELECT a FROM t LIMIT 5 OFFSET 2
WITH c AS (SELECT a, count(*) AS n FROM t GROUP BY a) SELECT a FROM c WHERE n > 1 | SELECT q.a FROM (SELECT a, COUNT(*) AS z FROM t GROUP BY a) AS q WHERE q.z > 1
SELECT x.a FROM t AS x JOIN t AS y ON x.id = y.parent                   | SELECT y.a FROM t AS x JOIN t AS y ON y.id = x.parent
SELECT a FROM t JOIN u USING (id)                                       | SELECT a FROM t JOIN u ON t.id = u.id
SELECT a FROM t UNION SELECT a FROM u                                   | SELECT a FROM u UNION SELECT a FROM t
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)        | SELECT a FROM t WHERE EXISTS (SELECT * FROM u WHERE t.id = u.id)
SELECT count(1) FROM t;                                                 | SELECT count(*) FROM t
SELECT a.x FROM a JOIN b ON a.i = b.i JOIN c ON b.i = c.i               | SELECT a.x FROM a, b, c WHERE a.i = b.i AND a.i = c.i
"""  # noqa: E501 - a pair a line


@pytest.mark.parametrize("pair", [line.split("|") for line in SAME.strip().splitlines()], ids=lambda pair: pair[0].strip())
def test_the_same_in_other_words(pair: list[str]) -> None:
    """What the module says that it equates."""
    assert differing_clauses(*pair) == differing_clauses(*pair[::-1]) == ()


DIFFERENT = """
select            | SELECT DISTINCT a FROM t                            | SELECT a FROM t
select            | SELECT a, b FROM t                                  | SELECT b, a FROM t
select            | SELECT x.a FROM t AS x JOIN t AS y ON x.id = y.up   | SELECT y.a FROM t AS x JOIN t AS y ON x.id = y.up
from              | SELECT a FROM t LEFT JOIN u ON t.id = u.id          | SELECT a FROM t JOIN u ON t.id = u.id
from              | SELECT a FROM t JOIN u ON t.id = u.id               | SELECT a FROM t JOIN u ON t.id = u.ref
from              | SELECT a FROM t, u WHERE t.b = 1                    | SELECT a FROM t, u WHERE t.id = u.id AND t.b = 1
from              | SELECT a FROM t                                     | SELECT a FROM u
where             | SELECT a FROM t WHERE b = 'x'                       | SELECT a FROM t WHERE b = 'X'
where             | SELECT a FROM t WHERE b = 1 OR c = 2                | SELECT a FROM t WHERE b = 1 AND c = 2
where             | SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d > 1) | SELECT a FROM t WHERE b IN (SELECT c FROM u)
group_by          | SELECT a FROM t GROUP BY b                          | SELECT a FROM t GROUP BY b, c
having            | SELECT a FROM t GROUP BY a HAVING count(*) > 1      | SELECT a FROM t GROUP BY a HAVING count(*) >= 1
order_by          | SELECT a FROM t ORDER BY b DESC                     | SELECT a FROM t ORDER BY b
order_by          | SELECT a FROM t ORDER BY a, b                       | SELECT a FROM t ORDER BY b, a
limit             | SELECT a FROM t ORDER BY b LIMIT 1                  | SELECT a FROM t ORDER BY b LIMIT 3
set_operation     | SELECT a FROM t UNION ALL SELECT a FROM u           | SELECT a FROM t UNION SELECT a FROM u
where             | SELECT a FROM t EXCEPT SELECT a FROM u WHERE b = 1  | SELECT a FROM t EXCEPT SELECT a FROM u WHERE b = 2
from              | SELECT a FROM t EXCEPT SELECT a FROM u              | SELECT a FROM u EXCEPT SELECT a FROM t
where             | SELECT a FROM t WHERE EXISTS (SELECT 1 FROM t AS z WHERE z.id = t.id) | SELECT a FROM t WHERE EXISTS (SELECT 1 FROM t AS z WHERE z.id = z.id)
where, set_operation | SELECT a FROM t WHERE b NOT IN (SELECT b FROM u) | SELECT a FROM t EXCEPT SELECT a FROM u
"""  # noqa: E501 - a pair a line


@pytest.mark.parametrize("row", [line.split("|") for line in DIFFERENT.strip().splitlines()], ids=lambda row: row[1].strip())
def test_what_differs_is_told(row: list[str]) -> None:
    """A change of meaning is put down to its clause, in both directions."""
    clauses, one, other = row
    assert differing_clauses(one, other) == differing_clauses(other, one) == tuple(clauses.strip().split(", "))


NO_QUERIES = (
    "",
    "selec a from t",
    "SELECT 1; SELECT 2",
    "DROP TABLE t",
    "SELECT ((((",
    f"SELECT '{'x' * 60_000}'",
    "(" * 3000 + "SELECT 1",
)


@pytest.mark.parametrize("sql", NO_QUERIES, ids=lambda sql: sql[:20])
def test_what_cannot_be_parsed_has_no_difference(sql: str) -> None:
    """None, whichever side it is on."""
    assert differing_clauses(sql, "SELECT a FROM t") is None
    assert differing_clauses("SELECT a FROM t", sql) is None


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="select from where(),.*'\"`=<>1ab\n;-union", max_size=60), st.text(max_size=20))
def test_any_text_is_taken(one: str, other: str) -> None:
    """Whatever models write, the answer is clauses in their order, or None."""
    for pair in ((one, other), (one, one), (f"SELECT a FROM t WHERE {one}", f"SELECT {other}")):
        found = differing_clauses(*pair)
        assert found is None or list(found) == [clause for clause in CLAUSES if clause in found]


def test_every_wrong_answer_of_published_systems_differs(real_data: Path) -> None:
    """Of the answers that the official script calls wrong, none that can be parsed is the same as its gold."""
    golds = [question["query"] for question in json.loads((real_data / "spider/dev.json").read_text("utf-8"))]
    systems = ("codes_3b", "dail_sql_gpt4")
    answers = {name: (real_data / f"spider/predictions/{name}.sql").read_text("utf-8").splitlines() for name in systems}
    same, compared = [], 0
    with (real_data / "spider/verdicts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["system"] in systems and row["bird_ex"] == "0":
                position = int(row["question_index"])
                sql = answers[row["system"]][position].split("\t")[0]
                compared += 1
                if differing_clauses(sql, golds[position]) == ():
                    same.append((row["system"], position))
    assert compared > 400
    assert len(same) <= 2  # a column that is ambiguous in one of two texts
