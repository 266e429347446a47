"""Wrong columns and wrong tables: another one that the schema has, and that could be meant."""

from random import Random

from sqlglot import exp

from text2sql_data.draws import pick
from text2sql_data.pairs.mutations.kinds import alike, beside_text, pick_or_none, same_select, unread
from text2sql_data.sql_ast.schema import Column, Schema, Table, named, owned, owner, sources
from text2sql_data.sql_ast.syntax import selects


def other_column(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Read another column of the same table, with the same kind of values, everywhere in one SELECT."""
    found = [
        (column, others)
        for column, table in owned(tree, schema)
        if not beside_text(column, schema) and (others := alike(table, table.columns[column.name.casefold()]))
    ]
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    column, others = chosen
    name = pick(rng, unread(column, others)).name
    for use in same_select(tree, column, schema):
        use.set("this", named(name))
    return tree


def column_of_other_table(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Read a column of another table that the query joins, with the same kind of values."""
    found: list[tuple[exp.Column, str, Column]] = []
    for column, table in owned(tree, schema):
        select = column.find_ancestor(exp.Select)
        if select is None or not column.table or beside_text(column, schema):
            continue
        mine = table.columns[column.name.casefold()]
        for source in sources(select, schema):
            if source.table and source.alias != column.table.casefold():
                others = unread(column, [other for other in source.table.columns.values() if other.family == mine.family])
                found += [(column, source.node.alias_or_name, other) for other in others]
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    column, alias, other = chosen
    for use in same_select(tree, column, schema):
        use.set("this", named(other.name))
        use.set("table", exp.to_identifier(alias))
    return tree


def other_source(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Read the column of that name from another table that the query joins."""
    found = [
        (column, source.node.alias_or_name)
        for column, _ in owned(tree, schema)
        if column.table and (select := column.find_ancestor(exp.Select))
        for source in sources(select, schema)
        if source.alias != column.table.casefold() and source.table and column.name.casefold() in source.table.columns
    ]
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    column, alias = chosen
    for use in same_select(tree, column, schema) or [column]:
        use.set("table", exp.to_identifier(alias))
    return tree


def other_table(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Ask another table that has all of the columns that are asked for; where none is named, one that a foreign key leads to."""
    found: list[tuple[exp.Table, list[exp.Column], Table]] = []
    for select in selects(tree):
        present = {source.table.name for source in sources(select, schema) if source.table}
        for node, table, uses in _read_tables(tree, select, schema):
            wanted = {use.name.casefold() for use in uses}
            near = schema.neighbours.get(table.name.casefold(), ())
            others = [schema.tables[name] for name in near] if not wanted else list(schema.tables.values())
            found += [(node, uses, o) for o in others if o.name not in present and wanted <= o.columns.keys()]
    return _asked(tree, pick_or_none(rng, found), {})


def neighbour_table(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Ask a table that a foreign key leads to for columns of the same kind, where the query reads a single table."""
    found: list[tuple[exp.Table, list[exp.Column], Table]] = []
    owners: dict[int, Table] = {}
    for select in selects(tree):
        if len(sources(select, schema)) != 1:
            continue
        for node, table, uses in _read_tables(tree, select, schema):
            kinds = {table.columns[use.name.casefold()].family for use in uses}
            for name in schema.neighbours.get(table.name.casefold(), ()):
                other = schema.tables[name]
                if (
                    uses
                    and kinds <= {column.family for column in other.columns.values()}
                    and not any(beside_text(use, schema) for use in uses)
                ):
                    found.append((node, uses, other))
                    owners[id(node)] = table
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    node, uses, other = chosen
    renamed: dict[str, str] = {}
    for use in uses:
        mine = owners[id(node)].columns[use.name.casefold()]
        same = other.columns.get(mine.name.casefold())
        kin = [column.name for column in other.columns.values() if column.family == mine.family]
        if mine.name not in renamed:
            renamed[mine.name] = same.name if same else pick(rng, [name for name in kin if name not in renamed.values()] or kin)
    return _asked(tree, chosen, {name.casefold(): new for name, new in renamed.items()})


def _read_tables(tree: exp.Expr, select: exp.Select, schema: Schema) -> list[tuple[exp.Table, Table, list[exp.Column]]]:
    """The tables of a SELECT that could be exchanged: each with its columns that the query reads, joins included."""
    found = []
    for source in sources(select, schema):
        if source.table is None or not isinstance(source.node, exp.Table):
            continue
        uses = []
        certain = not select.is_star
        for column in tree.find_all(exp.Column):
            if column.find_ancestor(exp.Select) is not select:
                certain = certain and column.table.casefold() != source.alias
                continue
            if column.table.casefold() == source.alias or (not column.table and owner(column, schema) is source.table):
                certain = certain and column.name.casefold() in source.table.columns
                uses.append(column)
        if certain:
            found.append((source.node, source.table, uses))
    return found


def _asked(tree: exp.Expr, chosen: tuple[exp.Table, list[exp.Column], Table] | None, renamed: dict[str, str]) -> exp.Expr | None:
    """Exchange a table, and the names that its columns are read under."""
    if chosen is None:
        return None
    node, uses, other = chosen
    unnamed = not node.alias
    node.set("this", named(other.name))
    for use in uses:
        if use.table and unnamed:
            use.set("table", named(other.name))
        if new := renamed.get(use.name.casefold()):
            use.set("this", named(new))
    return tree
