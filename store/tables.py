"""The tables and views of a lake, read from the `.sql` files that define them.

The first line of a table's file names its natural key (`-- key: run, position`): DuckLake has no primary keys, so appends
and checks rely on it. Where views take the row with the latest time for the current one, a second line names that column
(`-- order: added`): what is appended is later than all that is there, whatever the clock of a machine says.
"""

import functools
import itertools
from importlib.resources import files
from typing import NamedTuple

VERSION = 5
"""Version of the tables and views; a migration raises it by one."""

_SQL = files("store") / "sql"
_KEY, _ORDER = "-- key: ", "-- order: "


class Table(NamedTuple):
    """A table: its name, its natural key, the column of times that decides what is current, and the statements that make it."""

    name: str
    key: tuple[str, ...]
    order: str | None
    sql: str


@functools.cache
def tables() -> dict[str, Table]:
    """All tables by name."""
    found = {}
    for file in sorted((_SQL / "tables").iterdir(), key=lambda file: file.name):
        name, text = file.name.removesuffix(".sql"), file.read_text("utf-8")
        header, order, *_ = text.split("\n", 2)
        if not header.startswith(_KEY):
            raise AssertionError(f"{file.name} must begin with '{_KEY}column, column'")
        key = tuple(header.removeprefix(_KEY).split(", "))
        found[name] = Table(name, key, order.removeprefix(_ORDER) if order.startswith(_ORDER) else None, text)
    return found


class View(NamedTuple):
    """A view: its name, what one row is, what its columns mean, the views it reads, and its SELECT.

    Columns that are not described mean what they mean in the table or view that it is like.
    """

    name: str
    comment: str
    columns: dict[str, str]
    like: str | None
    reads: list[str]
    select: str

    @property
    def sql(self) -> str:
        """The statements that create and describe the view."""
        comment = self.comment.replace("'", "''")
        return f"CREATE OR REPLACE VIEW {self.name} AS\n{self.select};\nCOMMENT ON VIEW {self.name} IS '{comment}';"


@functools.cache
def views() -> dict[str, View]:
    """All views by name, in an order in which each finds the views that it reads."""
    parsed = {}
    for file in sorted((_SQL / "views").iterdir(), key=lambda file: file.name):
        parsed[file.name.removesuffix(".sql")] = _view(file.name.removesuffix(".sql"), file.read_text("utf-8"))
    ordered: dict[str, View] = {}

    def place(name: str) -> None:
        for needed in parsed[name].reads:
            if needed not in ordered:
                place(needed)
        ordered[name] = parsed[name]

    for name in parsed:
        place(name)
    return ordered


def _view(name: str, text: str) -> View:
    """Read a view's file: comment lines (what it is, `reads: a, b`, `like: a`, `column name: meaning`), then one SELECT."""
    lines = text.splitlines()
    header = [line.removeprefix("-- ") for line in itertools.takewhile(lambda line: line.startswith("-- "), lines)]
    like: str | None = None
    reads: list[str] = []
    columns: dict[str, str] = {}
    for line in header[1:]:
        if line.startswith("reads: "):
            reads = line.removeprefix("reads: ").split(", ")
        elif line.startswith("like: "):
            like = line.removeprefix("like: ")
        else:
            column, _, meaning = line.removeprefix("column ").partition(": ")
            columns[column] = meaning
    return View(name, header[0], columns, like, reads, "\n".join(lines[len(header) :]))


def query(name: str) -> str:
    """The text of one of the store's own queries."""
    return (_SQL / "queries" / f"{name}.sql").read_text("utf-8")


class Migration(NamedTuple):
    """A change of the tables: the version that it leads to, its name, and its statements."""

    version: int
    name: str
    sql: str


def migrations(after: int) -> list[Migration]:
    """The migrations that lead further than a version, in order; each is a file such as `migrations/0002_add_costs.sql`."""
    folder = _SQL / "migrations"
    found = []
    for file in folder.iterdir() if folder.is_dir() else ():
        number, _, name = file.name.removesuffix(".sql").partition("_")
        if file.name.endswith(".sql") and int(number) > after:
            found.append(Migration(int(number), name.replace("_", " "), file.read_text("utf-8")))
    return sorted(found)
