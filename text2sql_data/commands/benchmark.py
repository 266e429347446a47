"""Add benchmarks: questions, golds and databases."""

import sys
from pathlib import Path

import click

from store.address import Address


@click.group()
def benchmark() -> None:
    """Add benchmarks and gold revisions, and list what there is."""


@benchmark.command()
@click.argument("source", metavar="PATH", type=click.Path(path_type=Path, exists=True))
@click.option("--name", help="Name in the lake; the file's or folder's name when not given.")
@click.option("--databases", help="Folder with the databases, or its address in an object store, such as s3://bucket/folder.")
@click.option("--questions", help="Which question file of a folder, such as train_spider.json.")
@click.option("--layout", type=click.Choice(["spider", "bird", "generic"]), help="Layout of the files; detected when not given.")
@click.option("--revision", help="Name of this content; a digest of the question file when not given.")
@click.option("--split", help="Split that the questions belong to, such as dev.")
@click.option("--dry-run", is_flag=True, help="Read everything, say what would be added, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def add(
    address: Address,
    source: Path,
    name: str | None,
    databases: str | None,
    questions: str | None,
    layout: str | None,
    revision: str | None,
    split: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add the benchmark at PATH: a question file, or a folder with one, in the layout of Spider or BIRD or as plain JSON.

    Every database is fingerprinted and its schema stored. One that is missing or broken is a row with the reason.

    \b
    Example:
      t2s benchmark add spider/dev.json --name spider_dev --split dev
      t2s benchmark add my_questions.jsonl --databases my_databases/
    """
    import store
    from store import output
    from text2sql_data.benchmarks import read
    from text2sql_data.benchmarks.adding import add_benchmark
    from text2sql_data.execution.database_cache import is_address

    folder = databases if databases is None or is_address(databases) else Path(databases)
    found = read(source, databases=folder, layout=layout, questions=questions)
    with store.open(address) as lake:
        added = add_benchmark(
            lake,
            name or (source.name if source.is_dir() else source.stem),
            found,
            revision=revision,
            split=split,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    if dry_run:
        output.note("Dry run: nothing was written.")
    usable = sum(database.reason is None for database in found.databases)
    summary = {
        "benchmark": added.benchmark,
        "revision": added.revision,
        "layout": found.layout,
        "questions": len(found.questions),
        "golds": sum(question.gold_sql is not None for question in found.questions),
        "databases": len(found.databases),
        "databases_usable": usable,
        "rows_added": sum(added.added.values()),
        "notes": [note._asdict() for note in found.notes],
    }
    if as_json:
        output.json_line(summary)
        return
    click.echo(
        f"{added.benchmark} (revision {added.revision}, layout {found.layout}): {len(found.questions)} questions, "
        f"{summary['golds']} golds, {usable} of {len(found.databases)} databases usable",
    )
    if not summary["rows_added"]:
        click.echo("Already there; nothing was added.")
    for note in found.notes:
        examples = "; ".join(note.examples)
        click.echo(f"note: {note.kind.replace('_', ' ')}: {note.count}{f' (such as {examples})' if examples else ''}")


@benchmark.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--databases",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of DB_ID/DB_ID.sqlite; those of the demo when not given.",
)
@click.option(
    "--sft", type=click.IntRange(min=1), default=1500, show_default=True, help="Questions whose golds are to be learnt from."
)
@click.option(
    "--rollout",
    type=click.IntRange(min=1),
    default=1200,
    show_default=True,
    help="Questions to roll out for pairs and selectors.",
)
@click.option("--test", type=click.IntRange(min=1), default=500, show_default=True, help="Held-out questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws the questions, and which of them are held out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def generate(folder: Path, databases: Path | None, sft: int, rollout: int, test: int, seed: int, as_json: bool) -> None:
    """Write a learning task to FOLDER: thousands of questions made from templates over databases, divided for learning.

    sft.json and rollout.json are to learn from, test.json is held out: every wording is held out on one database. All of it is
    synthetic, and made for trying training out.

    \b
    Example:
      t2s benchmark generate task
      t2s benchmark add task/test.json --name task_test --split test
    """
    from store import output
    from text2sql_data.demo.databases import write_databases
    from text2sql_data.tasks.generating import generate as write
    from text2sql_data.tasks.generating import sqlite_files

    found = sqlite_files(databases) if databases is not None else write_databases(folder / "database")
    made = write(folder, found, {"sft": sft, "rollout": rollout, "test": test}, seed=seed)
    if as_json:
        output.json_line(
            {"files": {split: str(file) for split, file in made.files.items()}, "questions": made.questions, "cells": made.cells}
        )
        return
    output.table(
        ["split", "questions", "wordings on databases", "file"],
        [[split, made.questions[split], made.cells[split], str(file)] for split, file in made.files.items()],
        right=[False, True, True],
    )


@benchmark.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(address: Address, as_json: bool) -> None:
    """List the benchmarks with their revisions, questions and databases.

    \b
    Example:
      t2s benchmark list
    """
    from importlib.resources import files

    import store
    from store import output

    with store.open(address, create=False) as lake:
        relation = lake.sql((files("text2sql_data") / "benchmarks" / "sql" / "list.sql").read_text("utf-8"))
        rows = relation.fetchall()
    (output.json_lines if as_json else output.table)(relation.columns, rows)


@benchmark.group()
def golds() -> None:
    """Keep several gold revisions of a benchmark side by side."""


@golds.command("add")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--benchmark", "name", required=True, help="Benchmark that the golds are for.")
@click.option("--revision", required=True, help="Name of this gold revision, such as 20251106.")
@click.option("--ignore-unmatched", is_flag=True, help="Leave out golds that fit no question, instead of stopping.")
@click.pass_obj
def golds_add(address: Address, source: Path, name: str, revision: str, ignore_unmatched: bool) -> None:
    """Add the golds in FILE as a further gold revision: SQL lines, a JSON list like the questions, or a JSON object by id.

    \b
    Example:
      t2s benchmark golds add dev_20251106.json --benchmark bird_dev --revision 20251106
    """
    import store
    from text2sql_data.benchmarks import read_golds
    from text2sql_data.benchmarks.adding import add_golds, lake_questions

    with store.open(address, create=False) as lake:
        questions = lake_questions(lake, name)
        added = add_golds(
            lake, name, revision, read_golds(source, questions, ignore_unmatched=ignore_unmatched), arguments=sys.argv[1:]
        )
    new = added.added.get("golds", 0)
    click.echo(f"{name}: gold revision {revision}: {new} golds added" if new else "Already there; nothing was added.")
