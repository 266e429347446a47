"""Queries over the demo database `bakery`, made by a grammar, and ways of writing them that mean the same.

A query is kept as its parts, so that it can be written again with other spacing, other letter case, other aliases, its conditions
in another order. Sums are over whole numbers, which do not depend on the order of the rows.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

COLUMNS = {
    "shop": {"shop_id": "int", "town": "text", "street": "text", "seats": "int"},
    "customer": {"customer_id": "int", "name": "text", "town": "text", "customer_since": "text", "newsletter": "int"},
    "product": {"product_id": "int", "name": "text", "category": "text", "price": "real", "weight_g": "text", "vegan": "int"},
    '"order"': {"order_id": "int", "customer_id": "int", "shop_id": "int", '"date"': "text", "channel": "text", "status": "text"},
    "review": {"review_id": "int", "product_id": "int", "customer_id": "int", "stars": "int", "comment": "text"},
}
JOINS = {
    ("review", "product"): "product_id",
    ("review", "customer"): "customer_id",
    ('"order"', "customer"): "customer_id",
    ('"order"', "shop"): "shop_id",
}
VALUES = {
    "int": ["0", "1", "3", "18", "-1", "NULL"],
    "real": ["2.5", "0.0", "5.60", "1e1", "3"],
    "text": ["'Lindau'", "'bread'", "'web'", "'paid'", "''", "'it''s'", "'1'", "'%a%'", "x'41'", "'ORDER by -- ; DISTINCT'"],
}


class Query(NamedTuple):
    """One SELECT in parts; `{0}` and `{1}` stand for the aliases of its tables, and keywords are in upper case.

    Attributes:
        items: What is selected; an aggregate or a column.
        tables: One table, or two that are joined.
        on: The condition of the join, as two sides of an equality.
        left: Whether it is a left join.
        conditions: What is joined with AND.
        equal: An equality, as its two sides, or None.
        group: What is grouped by.
        having: A condition on groups.
        order: What is ordered by, all items last so that the order is told.
        limit: Rows that are kept.
        distinct: Whether rows that are there twice are left out.
    """

    items: tuple[str, ...]
    tables: tuple[str, ...]
    on: tuple[str, str] | None
    left: bool
    conditions: tuple[str, ...]
    equal: tuple[str, str] | None
    group: tuple[str, ...]
    having: str
    order: tuple[str, ...]
    limit: str
    distinct: bool


class Style(NamedTuple):
    """How a query is written."""

    aliases: tuple[str, str] = ("t0", "t1")
    space: Callable[[Random], str] = lambda _: " "
    keyword: Callable[[str], str] = str
    reverse: bool = False
    commute: bool = False
    true: bool = False
    names: bool = False
    wrap: bool = False
    end: str = ""


def _said(draw: st.DrawFn, at: int, table: str, kind: str | None = None) -> str:
    columns = [name for name, of in COLUMNS[table].items() if kind is None or of == kind]
    return f"{{{at}}}.{draw(st.sampled_from(columns))}"


@st.composite
def expression(draw: st.DrawFn, tables: tuple[str, ...]) -> tuple[str, str]:
    """A column or what is computed from one, with the kind of its values."""
    at = draw(st.integers(0, len(tables) - 1))
    kind = draw(st.sampled_from(["int", "text"]))
    column = _said(draw, at, tables[at], kind)
    shapes = {
        "int": ["{}", "{}", "{} + 1", "- {}", "{} * 2 - {}", "{} / 2", "{} % 3", "abs({})", "coalesce({}, 0)", "({} IS NULL)",
                "CASE WHEN {} > 1 THEN 1 ELSE 0 END", "CAST({} AS INTEGER)", "max({}, 2)",
                "iif({} = 1, 5, NULL)", "nullif({}, 1)"],
        "text": ["{}", "{}", "upper({})", "{} || '!'", "substr({}, 1, 2)", "coalesce({}, 'none')", "replace({}, 'a', 'b')",
                 "CASE {} WHEN 'Lindau' THEN 'here' WHEN NULL THEN 'never' END", "CAST({} AS TEXT)", "trim({}, 'e')"],
    }  # fmt: skip
    return draw(st.sampled_from(shapes[kind])).format(*[column] * 2), kind


@st.composite
def condition(draw: st.DrawFn, tables: tuple[str, ...]) -> str:
    """A condition that stands on its own between ANDs."""
    text, kind = draw(expression(tables))
    value = draw(st.sampled_from(VALUES[kind]))
    other = draw(st.sampled_from(VALUES[kind]))
    return draw(
        st.sampled_from(
            [
                f"{text} > {value}", f"{text} <= {value}", f"{text} <> {value}", f"{text} != {value}", f"{text} IS NOT NULL",
                f"{text} BETWEEN {value} AND {other}", f"{text} NOT BETWEEN {value} AND {other}", f"{text} IN ({value}, {other})",
                f"NOT {text} IN ({value})", f"({text} = {value} OR {text} = {other})", f"NOT ({text} = {value})",
                f"{text} LIKE '%a%'", f"{text} NOT LIKE '_i%'", f"{text} IS {value}", f"{text} IS NOT {value}",
                f"{text} = {value} COLLATE NOCASE", f"{text} GLOB '*a*'",
                f"EXISTS (SELECT 1 FROM review AS r WHERE r.customer_id = {text})",
                f"{text} IN (SELECT s.town FROM shop AS s WHERE s.seats > 12)",
                f"{text} > (SELECT min(s.shop_id) FROM shop AS s)",
            ]
        )
    )  # fmt: skip


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A query whose result is told by its text."""
    pair = draw(st.sampled_from([None, *JOINS]))
    tables = pair or (draw(st.sampled_from(sorted(COLUMNS))),)
    items = [draw(expression(tables))[0] for _ in range(draw(st.integers(1, 3)))]
    grouped = draw(st.booleans())
    having = ""
    group: tuple[str, ...] = ()
    if grouped:
        group = tuple(items)
        counted, kind = draw(expression(tables))
        makers = [
            "count(*)",
            "count({})",
            "count(DISTINCT {})",
            "min({})",
            "max({})",
            *(["sum({})", "avg({})"] if kind == "int" else []),
        ]
        items.append(draw(st.sampled_from(makers)).format(counted))
        having = draw(st.sampled_from(["", "", "count(*) > 1", "min({0}.rowid) < 20"]))
    ordered = draw(st.booleans())
    order = tuple(f"{at}{draw(st.sampled_from(['', ' ASC', ' DESC', ' DESC NULLS LAST']))}" for at in range(1, len(items) + 1))
    column = JOINS[pair] if pair else ""
    equal = None
    if draw(st.booleans()):
        text, kind = draw(expression(tables))
        equal = (text, draw(st.sampled_from(VALUES[kind])))
    return Query(
        tuple(items),
        tables,
        (f"{{0}}.{column}", f"{{1}}.{column}") if pair else None,
        draw(st.booleans()),
        tuple(draw(st.lists(condition(tables), max_size=3))),
        equal,
        group,
        having,
        order if ordered else (),
        draw(st.sampled_from(["", "5", "3 OFFSET 1"])) if ordered else "",
        draw(st.booleans()),
    )


def write(query: Query, style: Style, seed: int = 0) -> str:
    """The text of a query. GROUP BY stays together: with a comment inside, sqlglot takes it for no such clause."""
    rng = Random(seed)  # noqa: S311 - white space is no secret
    names = [f"{item} AS n{at}" for at, item in enumerate(query.items)] if style.names else list(query.items)
    parts = ["SELECT", *(["DISTINCT"] if query.distinct else []), ", ".join(names), "FROM", f"{query.tables[0]} AS {{0}}"]
    if query.on:
        sides = query.on[::-1] if style.commute else query.on
        parts += [*(["LEFT"] if query.left else []), "JOIN", f"{query.tables[1]} AS {{1}}", "ON", " = ".join(sides)]
    conditions = [*query.conditions]
    if query.equal:
        conditions.append(" = ".join(query.equal[::-1] if style.commute else query.equal))
    conditions = conditions[::-1] if style.reverse else conditions
    if style.true:
        conditions.append("1 = 1")
    if conditions:
        parts.append("WHERE")
        for at, one in enumerate(conditions):
            parts += [*(["AND"] if at else []), one]
    if query.group:
        parts += ["GROUP BY", ", ".join(query.group)]
        parts += ["HAVING", query.having] if query.having else []
    if query.order:
        parts += ["ORDER BY", ", ".join(query.order)]
        parts += ["LIMIT", query.limit] if query.limit else []
    text = "".join(
        f"{style.space(rng) if at else ''}{style.keyword(part) if part.isupper() else part}" for at, part in enumerate(parts)
    )
    text = text.replace("{0}", style.aliases[0]).replace("{1}", style.aliases[1])
    if style.wrap:
        text = f"SELECT * FROM ({text}) AS whole"
    return text + style.end


def mixed(word: str) -> str:
    """A word in mixed letter case."""
    return "".join(letter.lower() if at % 2 else letter for at, letter in enumerate(word))


PLAIN = Style()
REWRITES: dict[str, Style] = {
    "white space": Style(space=lambda rng: rng.choice(["\n", "\t", "  ", " \r\n "])),
    "comments": Style(space=lambda rng: rng.choice([" /* ; DISTINCT ' */ ", " -- it's ; \n", "/**/", ' /* " -- */\n'])),
    "lower case": Style(keyword=str.lower),
    "mixed case": Style(keyword=mixed),
    "aliases": Style(aliases=("orders", "_x9")),
    "quoted aliases": Style(aliases=('"a b"', "[c;d]")),
    "order of conditions": Style(reverse=True),
    "a true condition": Style(true=True),
    "sides of equalities": Style(commute=True),
    "names of columns": Style(names=True),
    "semicolon": Style(end=";"),
    "semicolon and comment": Style(end=" ; -- done"),
    "comment at the end": Style(end=" /* done */"),
    "white space at the end": Style(end="\n\n \t"),
}
WRAPPED = Style(names=True, wrap=True)
"""Only where nothing is ordered: SQL does not promise the order of what is selected from."""
