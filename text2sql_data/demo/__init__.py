"""A small Text-to-SQL benchmark made for trying things out: four databases, 72 questions, candidates of two systems.

Everything in it is synthetic: names, rows, questions, systems and critiques. Figures measured on it say something about
the tools, nothing about a model. The same versions of SQLite and sqlglot write the same bytes on every machine.
"""

import tempfile
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from store.errors import StoreError


class DemoFiles(NamedTuple):
    """Where `build` put things."""

    questions: Path
    """Questions with gold SQL, in the form of BIRD."""
    database_root: Path
    """Folder of `{db_id}/{db_id}.sqlite`."""
    k_lists: tuple[Path, Path]
    """Candidates of the small and of the large system: lists of K = 8 in gold order."""
    rollouts: Path
    """Planner, validators and fixer: one JSON line a question."""


def build(folder: Path) -> DemoFiles:
    """Write the benchmark into `folder`, which is made if need be.

    Each file appears under its name only when it is complete, and a file that is there already with the same content is
    left alone, so building again changes nothing.

    Raises:
        StoreError: `folder` is a file.
    """
    from text2sql_data.demo.databases import DATABASES, write_database
    from text2sql_data.demo.predictions import Database, k_list, rollouts
    from text2sql_data.demo.systems import LARGE, SMALL, read_questions

    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is a file, not a folder", hint="Name a folder that the demo may be written into.")
    package = files(__package__)
    questions_text = package.joinpath("questions.json").read_text(encoding="utf-8")
    questions = read_questions(questions_text, package.joinpath("corrections.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder) as name:
        staging = Path(name)
        _write(staging / "questions.json", questions_text)
        for db_id in DATABASES:
            write_database(db_id, staging / "database" / db_id)
        databases = {db_id: Database(staging / "database" / db_id / f"{db_id}.sqlite") for db_id in DATABASES}
        try:
            for system in (SMALL, LARGE):
                _write(staging / "predictions" / f"{system.name}.json", k_list(system, questions, databases))
            _write(staging / "predictions" / "mats_rollouts.jsonl", rollouts(questions, databases))
        finally:
            for database in databases.values():
                database.close()
        _publish(staging, folder)
    predictions = folder / "predictions"
    return DemoFiles(
        questions=folder / "questions.json",
        database_root=folder / "database",
        k_lists=(predictions / "small.json", predictions / "large.json"),
        rollouts=predictions / "mats_rollouts.jsonl",
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _publish(staging: Path, folder: Path) -> None:
    """Rename every staged file to its place, unless the same bytes are there already."""
    for path in sorted(path for path in staging.rglob("*") if path.is_file()):
        target = folder / path.relative_to(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (target.is_file() and target.read_bytes() == path.read_bytes()):
            path.replace(target)


__all__ = ["DemoFiles", "build"]
