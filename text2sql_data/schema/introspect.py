"""Reads the schema of a SQLite file: tables, columns, keys, foreign keys, row counts and example values.

The file is only ever read. Every query is bounded (rows looked at, virtual-machine steps, bytes of a value), so that a
hostile view or a huge table costs little; what could not be learnt within the bounds is null or empty. It promises no
proof that the whole file is sound: a page that no bounded query touches is not looked at.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import apsw

from store.errors import StoreError
from store.ids import JSON

N_EXAMPLES = 3
EXAMPLE_CHARS = 100
SCANNED_ROWS = 200
COUNTED_BYTES = 1 << 30  # rows are counted in files up to this size: a count reads at most what hashing the file has read
_STEPS = 2_000_000  # virtual-machine instructions a statement may take; a plain COUNT(*) is one instruction
_VALUE_BYTES = 64 << 20
_LFS = b"version https://git-lfs"


class UnreadableDatabaseError(StoreError):
    """A file that is not there, or that SQLite cannot read."""


class Described(NamedTuple):
    """What the authors of a benchmark wrote about a column."""

    description: str | None
    values: str | None


Descriptions = Mapping[tuple[str, str], Described]  # keys are the casefolded names of table and column


def introspect(path: Path, descriptions: Descriptions | None = None) -> dict[str, JSON]:
    """The schema of the SQLite database in a file.

    Args:
        path: The file.
        descriptions: Descriptions to attach to its columns.

    Returns:
        `{"source": "database", "encoding": ..., "tables": [...]}`.
        A table is `{"name", "type", "n_rows", "columns", "foreign_keys"}` with type `table` or `view`, plus `"error"`
        for a view or virtual table that does not work; `n_rows` is null for a view and in a file of more than 1 GiB.
        A column is `{"name", "type", "notnull", "pk", "description", "value_description", "examples"}`; `pk` is its
        place in the primary key from 1, or 0. Examples are up to three distinct values from the first rows: a text is
        cut at 100 characters and undecodable bytes become U+FFFD, a BLOB is `{"blob": hex}` of its first 50 bytes.
        A foreign key is `{"columns", "table", "to"}`; `to` is empty when the referenced columns cannot be told.

    Raises:
        UnreadableDatabaseError: The file is missing, empty, corrupt, or not a database.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise UnreadableDatabaseError(f"{path} is empty (0 bytes)")
        with path.open("rb") as file:
            if file.read(len(_LFS)) == _LFS:
                raise UnreadableDatabaseError(f"{path} is a Git LFS pointer, not the file itself", hint="run: git lfs pull")
        connection = _open(path)
        try:
            return _schema(connection, descriptions or {}, count=size <= COUNTED_BYTES)
        finally:
            connection.close()
    except OSError as error:
        raise UnreadableDatabaseError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableDatabaseError(f"{path} has a table or column name that is not UTF-8") from error
    except apsw.Error as error:
        beside = side_file(path)
        hint = f"{beside} holds unfinished work: open the database once with SQLite to recover it" if beside else ""
        raise UnreadableDatabaseError(f"SQLite cannot read {path}: {error}", hint) from error


def side_file(path: Path) -> Path | None:
    """The write-ahead log or rollback journal beside a database file, when it holds something."""
    for suffix in ("-wal", "-journal"):
        beside = path.resolve().with_name(path.resolve().name + suffix)
        if beside.is_file() and beside.stat().st_size:
            return beside
    return None


def _open(path: Path) -> apsw.Connection:
    # Immutable: no locks, and a read-only folder will do. With a log SQLite has to look at it, but makes no file.
    how = "readonly_shm=1" if side_file(path) else "immutable=1"
    uri = f"file:{quote(bytes(path.absolute()))}?mode=ro&{how}"
    connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)
    connection.set_progress_handler(lambda: True, _STEPS)
    return connection


class _Column(NamedTuple):
    name: str
    type: str
    notnull: bool
    pk: int


def _schema(connection: apsw.Connection, descriptions: Descriptions, *, count: bool) -> dict[str, JSON]:
    kinds = {
        str(name): str(kind)
        for database, name, kind, *_ in connection.execute("PRAGMA table_list")
        if database == "main" and kind != "shadow"
    }
    listed = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY rowid")
    names = [str(name) for (name,) in listed if name in kinds and not str(name).lower().startswith("sqlite_")]
    columns: dict[str, list[_Column]] = {}
    broken: dict[str, str] = {}
    for name in names:
        try:
            columns[name] = _columns(connection, name)
        except apsw.SQLError as error:
            columns[name], broken[name] = [], str(error)
    tables: list[JSON] = []
    for name in names:
        kind, n_rows = kinds[name], None
        examples: list[list[JSON]] = [[] for _ in columns[name]]
        try:
            if count and kind != "view":
                n_rows = connection.execute(f"SELECT count(*) FROM {_quoted(name)}").get
            examples = _examples(connection, name, columns[name])
        except (apsw.InterruptError, apsw.TooBigError):
            pass
        except apsw.Error as error:
            if kind == "table":
                raise UnreadableDatabaseError(f"SQLite cannot read the table {name!r}: {error}") from error
            broken.setdefault(name, str(error))
        table: dict[str, JSON] = {
            "name": name,
            "type": "view" if kind == "view" else "table",
            "n_rows": n_rows,
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "notnull": column.notnull,
                    "pk": column.pk,
                    **described(descriptions, name, column.name),
                    "examples": values,
                }
                for column, values in zip(columns[name], examples, strict=True)
            ],
            "foreign_keys": _foreign_keys(connection, name, columns),
        }
        if name in broken:
            table["error"] = broken[name]
        tables.append(table)
    return {"source": "database", "encoding": str(connection.pragma("encoding")), "tables": tables}


def described(descriptions: Descriptions, table: str, column: str) -> dict[str, JSON]:
    """The two description fields of a column, null where nothing is known."""
    found = descriptions.get((table.casefold(), column.casefold()), Described(None, None))
    return {"description": found.description, "value_description": found.values}


def _columns(connection: apsw.Connection, table: str) -> list[_Column]:
    hidden_of_virtual_table = 1
    return [
        _Column(str(name), str(type_ or ""), bool(notnull), int(pk))
        for _, name, type_, notnull, _, pk, hidden in connection.execute(f"PRAGMA table_xinfo({_quoted(table)})")
        if hidden != hidden_of_virtual_table
    ]


def _examples(connection: apsw.Connection, table: str, columns: list[_Column]) -> list[list[JSON]]:
    """Distinct values of each column among the first rows, in the order in which they are met."""
    found: list[list[JSON]] = [[] for _ in columns]
    if not columns:
        return found
    # TEXT comes as its bytes, for it need not be valid UTF-8; a BLOB comes as text, so that the two stay apart.
    values = ", ".join(
        f"CASE typeof({name}) WHEN 'text' THEN CAST(substr({name}, 1, {EXAMPLE_CHARS}) AS BLOB)"
        f" WHEN 'blob' THEN hex(substr({name}, 1, {EXAMPLE_CHARS // 2})) ELSE {name} END"
        for name in (_quoted(column.name) for column in columns)
    )
    encoding = str(connection.pragma("encoding"))
    wanting = list(range(len(columns)))
    for row in connection.execute(f"SELECT {values} FROM {_quoted(table)} LIMIT {SCANNED_ROWS}"):
        for place in wanting:
            if row[place] is not None:
                value = _example(row[place], encoding)
                if value not in found[place]:
                    found[place].append(value)
        wanting = [place for place in wanting if len(found[place]) < N_EXAMPLES]
        if not wanting:
            break
    return found


def _example(value: object, encoding: str) -> JSON:
    if isinstance(value, bytes):
        return value.decode(encoding, errors="replace")
    if isinstance(value, float) and not math.isfinite(value):
        return {"real": str(value)}  # JSON has no infinity
    if isinstance(value, int | float):
        return value
    return {"blob": str(value).lower()}


def _foreign_keys(connection: apsw.Connection, table: str, columns: Mapping[str, list[_Column]]) -> list[JSON]:
    """The foreign keys of a table in the order of their declaration, with names as the referenced table spells them."""
    by_name = {name.casefold(): name for name in columns}
    keys: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, _, parent, source, target, *_ in connection.execute(f"PRAGMA foreign_key_list({_quoted(table)})"):
        keys.setdefault(int(number), []).append((str(parent), str(source), None if target is None else str(target)))
    result: list[JSON] = []
    for _, parts in sorted(keys.items(), reverse=True):  # SQLite numbers them from the last one declared
        parent = by_name.get(parts[0][0].casefold(), parts[0][0])
        of_parent = columns.get(parent, [])
        spelling = {column.name.casefold(): column.name for column in of_parent}
        targets = [spelling.get(target.casefold(), target) for _, _, target in parts if target is not None]
        if not targets:  # REFERENCES parent, without columns, means its primary key
            primary_key = [column.name for column in sorted(of_parent, key=lambda column: column.pk) if column.pk]
            targets = primary_key if len(primary_key) == len(parts) else []
        result.append({"columns": [source for _, source, _ in parts], "table": parent, "to": list[JSON](targets)})
    return result


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
