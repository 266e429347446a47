"""What a schema has to say to a search: for each table its words, and the tables that foreign keys join to it.

Views count as tables. A name that two tables share but for case means the first of them.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from text2sql_data.schema.retrieval.words import words


class Documents(NamedTuple):
    """A schema as a search reads it; equal for equal schemas, and hashable, so that an index is made once.

    Attributes:
        tables: Names of the tables, in the order of the database.
        names: The names of each table and of its columns.
        descriptions: What is written about the columns of each table.
        neighbours: Places of the tables that each table refers to or is referred to by, in order.
    """

    tables: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    descriptions: tuple[tuple[str, ...], ...]
    neighbours: tuple[tuple[int, ...], ...]


def documents(schema: Mapping[str, Any]) -> Documents:
    """The documents of a schema as `databases.schema` holds it."""
    tables = schema["tables"]
    places: dict[str, int] = {}
    for place, table in enumerate(tables):
        places.setdefault(table["name"].casefold(), place)
    joined: list[set[int]] = [set() for _ in tables]
    for place, table in enumerate(tables):
        for key in table.get("foreign_keys") or ():
            other = places.get(key["table"].casefold(), place)
            if other != place:
                joined[place].add(other)
                joined[other].add(place)
    return Documents(
        tuple(table["name"] for table in tables),
        tuple((table["name"], *(column["name"] for column in table["columns"])) for table in tables),
        tuple(tuple(column["description"] for column in table["columns"] if column.get("description")) for table in tables),
        tuple(tuple(sorted(others)) for others in joined),
    )


@lru_cache(maxsize=256)
def name_words(searched: Documents) -> tuple[tuple[str, ...], ...]:
    """The words of the names of each table, as often as they occur."""
    return tuple(tuple(word for name in names for word in words(name)) for names in searched.names)


def joined_to(searched: Documents, chosen: set[int], hops: int) -> set[int]:
    """Places of tables with those that foreign keys join to them, in either direction, within some hops."""
    found, edge = set(chosen), set(chosen)
    for _ in range(hops):
        edge = {other for place in edge for other in searched.neighbours[place]} - found
        if not edge:
            break
        found |= edge
    return found
