"""Builds the demo databases: schema and small tables from SQL text, the rest from seeded code.

The same SQLite gives the same bytes on every build. Foreign keys are not enforced: some point nowhere on purpose.
"""

import tempfile
from importlib.resources import files
from pathlib import Path

import apsw

from text2sql_data.demo.content import CONTENT

DATABASES = tuple(CONTENT)


def write_database(db_id: str, folder: Path) -> None:
    """Write `{db_id}.sqlite` into a new folder, with descriptions of its columns (BIRD form) where there are any."""
    package = files(__package__)
    folder.mkdir(parents=True)
    schema = package.joinpath("schemas", f"{db_id}.sql").read_text(encoding="utf-8")
    connection = apsw.Connection(str(folder / f"{db_id}.sqlite"))
    try:
        with connection:
            connection.execute(schema)
            for table, rows in CONTENT[db_id]().items():
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
    finally:
        connection.close()
    descriptions = package.joinpath("descriptions", db_id)
    if descriptions.is_dir():
        target = folder / "database_description"
        target.mkdir()
        for source in sorted(descriptions.iterdir(), key=lambda path: path.name):
            (target / source.name).write_bytes(source.read_bytes())


def write_databases(folder: Path) -> dict[str, Path]:
    """All of them as `{db_id}/{db_id}.sqlite` below a folder, by name; one that is there already is left alone."""
    for db_id in DATABASES:
        if not (folder / db_id).exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".building-", dir=folder) as name:
                write_database(db_id, Path(name) / db_id)
                (Path(name) / db_id).rename(folder / db_id)
    return {db_id: folder / db_id / f"{db_id}.sqlite" for db_id in DATABASES}
