"""Finds the databases of a benchmark, fingerprints their files and reads their schemas.

A database that is missing or cannot be read is a row with a reason, never an exception: most published copies of a
benchmark are incomplete, and the questions without a database have to be counted.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from store.errors import StoreError
from store.ids import file_sha256
from text2sql_data.benchmarks import stored
from text2sql_data.benchmarks.descriptions import read_descriptions
from text2sql_data.benchmarks.model import Database, Note, Question, Source
from text2sql_data.benchmarks.tables_json import read_tables
from text2sql_data.execution.object_files import check_address
from text2sql_data.schema.confined import introspect
from text2sql_data.schema.introspect import Descriptions, UnreadableDatabaseError, side_file

SUFFIXES = (".sqlite", ".db", ".sqlite3")
_N_EXAMPLES = 10


class Found(NamedTuple):
    """The databases, the other files that facts were taken from, and what is worth reporting."""

    databases: list[Database]
    files: list[Source]
    notes: list[Note]


def find_databases(
    file: Path,
    questions: Sequence[Question],
    folder: Path | str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """The database of each db_id that the questions name, in the order of their first question.

    Args:
        file: The question file; what lies beside it is searched when no folder is told.
        questions: The questions.
        folder: The folder of databases; a text such as s3://bucket/folder is the address of one in an object store.
        progress: Called with the number of databases done and their total.

    Raises:
        StoreError: The folder does not exist, an object store does not answer, the questions name several files for one
            db_id, or one that lies neither beside them nor in the folder.
    """
    address = check_address(folder) if isinstance(folder, str) else None
    if isinstance(folder, Path) and not folder.is_dir():
        raise StoreError(f"there is no folder of databases {folder}")
    roots = [folder.absolute()] if isinstance(folder, Path) else [] if address else _roots(file)
    named = _named_paths(questions)
    _check_places(file, named, roots)
    paths: dict[str, Path | None] = {}
    databases: dict[str, Database] = {}
    absent: dict[str, Descriptions] = {}
    files: list[Source] = []
    notes: dict[str, list[str]] = defaultdict(list)
    n_questions = Counter(question.db_id for question in questions)
    for done, db_id in enumerate(n_questions, 1):
        places = [named[db_id]] if db_id in named else []
        places += [place for root in roots for place in _places(root, db_id)]
        path = paths[db_id] = next(filter(_is_file, places), None)
        if address and path is None:
            found = stored.examine(db_id, address, SUFFIXES)
        else:
            described = read_descriptions([path.parent] if path else [root / db_id for root in roots])
            database = _examine(db_id, path, described.descriptions) if path else _missing(db_id, places)
            found = stored.Stored(database, described.descriptions, list(map(source, described.files)), described.problems)
        if found.database.reason:
            absent[db_id] = found.descriptions
        databases[db_id] = found.database
        files += found.files
        notes["unreadable_description"] += found.problems
        if progress:
            progress(done, len(n_questions))
    for tables_file in _of_split(file, "*tables.json")[:1] if absent else []:
        tables = read_tables(tables_file, absent)
        databases |= {db_id: replace(databases[db_id], schema=schema) for db_id, schema in tables.schemas.items()}
        files += [source(tables_file)] if tables.schemas else []
        notes["unreadable_tables_file"] += tables.problems
    for db_id, path in paths.items():
        for kind, text in _findings(databases[db_id], path, named.get(db_id), n_questions[db_id]):
            notes[kind].append(text)
    listed = [Note(kind, len(items), items[:_N_EXAMPLES]) for kind, items in notes.items() if items]
    return Found(list(databases.values()), files, listed)


def _findings(database: Database, path: Path | None, named: Path | None, n: int) -> Iterator[tuple[str, str]]:
    """What is worth reporting of a database: kind and words of each note."""
    if path is None and database.sha256 is None:
        yield "missing_database", f"{database.db_id} ({n} questions)"
        return
    if database.reason:
        yield "unreadable_database", f"{database.db_id} ({n} questions): {database.reason}"
    if named is not None and path != named:
        yield "database_found_elsewhere", f"{database.db_id}: {database.path}, for there is no {named}"


def source(path: Path) -> Source:
    """A file that facts were taken from."""
    return Source(str(path.absolute()), file_sha256(path), path.stat().st_size)


def _missing(db_id: str, places: Sequence[Path]) -> Database:
    reason = f"missing: there is no {places[0]}, nor one in the {len(places) - 1} other places looked at"
    return Database(db_id, None, None, None, None, str(places[0]), reason, None)


def _examine(db_id: str, path: Path, descriptions: Descriptions) -> Database:
    sha256 = size = mtime = None
    try:
        stat = path.stat()  # before hashing: a file that changes meanwhile has another time than the one kept here
        size, mtime = stat.st_size, stat.st_mtime_ns
        sha256 = file_sha256(path)
        schema = introspect(path, descriptions)
    except UnreadableDatabaseError as error:
        reason = f"unreadable: {error}" + (f" ({error.hint})" if error.hint else "")
        return Database(db_id, None, sha256, size, mtime, str(path), reason, None)
    except OSError as error:
        return Database(db_id, None, sha256, size, mtime, str(path), f"unreadable: {path}: {error.strerror}", None)
    if beside := side_file(path):  # what SQLite would read is not what was hashed
        reason = f"{beside.name} beside it holds changes that its sha256 does not cover; close who writes to it, or checkpoint it"
        return Database(db_id, None, sha256, size, mtime, str(path), reason, schema)
    return Database(db_id, sha256[:32], sha256, size, mtime, str(path), None, schema)


def _named_paths(questions: Sequence[Question]) -> dict[str, Path]:
    """The path that the questions themselves give for a db_id."""
    named: dict[str, Path] = {}
    for question in questions:
        path = question.db_path
        if path is not None and path != named.setdefault(question.db_id, path):
            raise StoreError(
                f"question {question.position} gives {path} for the database {question.db_id!r}, "
                f"others give {named[question.db_id]}",
                hint="give databases of different content different names, under `db_id`",
            )
    return named


def _check_places(file: Path, named: dict[str, Path], roots: Sequence[Path]) -> None:
    """Refuse a file elsewhere: a question file of somebody else must not bring a private database into the lake."""
    allowed = [Path(os.path.normpath(root)) for root in (file.absolute().parent, *roots)]
    for path in named.values():
        told = Path(os.path.normpath(path))
        if not any(told.is_relative_to(root) for root in allowed) and _is_file(path):
            raise StoreError(
                f"{file} names the database {told}, which lies outside of its folder.",
                hint="If it is meant, give the folder that it lies in: --databases FOLDER",
            )


def _places(root: Path, db_id: str) -> list[Path]:
    """Where the file of a database may be, most usual first."""
    return [place / f"{db_id}{suffix}" for place in (root / db_id, root) for suffix in SUFFIXES]


def _roots(file: Path) -> list[Path]:
    """The folders of databases beside a question file, and at last the folder that it is in."""
    folders = [path for path in _of_split(file, "*database") + _of_split(file, "*databases") if path.is_dir()]
    return [*folders, file.absolute().parent]


def _of_split(file: Path, pattern: str) -> list[Path]:
    """What lies beside a question file under such a name, its own split's first, another's only for want of those.

    Databases of Spider's database/ and test_database/ share names but not contents, so they must not be mixed. A split
    is a word of the file's name: mini_dev_sqlite.json belongs to dev_databases/ and dev_tables.json.
    """
    plain = pattern.removeprefix("*")
    beside = sorted(file.absolute().parent.glob(pattern))
    words = file.stem.split("_")
    own = [path for path in beside if path.name.removesuffix(plain).rstrip("_") in words]
    unnamed = [path for path in beside if path.name == plain]
    return own + unnamed or beside


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False
