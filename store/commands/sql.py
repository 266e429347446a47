"""Run one query over the lake."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store import output
from store.address import Address
from store.errors import remedy

if TYPE_CHECKING:
    import duckdb

_BATCH = 10_000  # rows


@click.command()
@click.argument("text")
@click.option("--at", "version", type=click.IntRange(0), help="The lake as it was at this version.")
@click.option("--json", "style", flag_value="json", help="One JSON object a line.")
@click.option("--csv", "style", flag_value="csv", help="CSV with a header.")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write the result to this Parquet file.",
)
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Rows shown in the table.")
@click.pass_obj
def sql(address: Address, text: str, version: int | None, style: str | None, target: Path | None, limit: int) -> None:
    """Run one query, given as TEXT (or - to read it from standard input). It cannot write to the lake.

    \b
    Example:
      t2s sql "SELECT run, count(*) FROM candidates GROUP BY run"
      t2s sql "FROM verdicts" --output verdicts.parquet
    """
    import duckdb

    import store

    if target is not None and target.exists() and not _is_parquet(target):
        raise click.UsageError(f"{target} exists and is no Parquet file: it is not overwritten")
    if text == "-":
        text = sys.stdin.read()
    with store.open(address, create=False) as latest, latest if version is None else latest.at(version) as lake:
        relation = lake.sql(text)
        try:
            if target is not None:
                _write(relation, target)
            elif style is None:
                _show(relation, limit)
            else:
                _stream(relation, style)
        except duckdb.Error as error:  # a query is run when its rows are asked for, and may fail only then
            raise store.QueryError(str(error), remedy(error)) from error


def _write(relation: "duckdb.DuckDBPyRelation", target: Path) -> None:
    """Write all rows to a Parquet file that is there completely or not at all."""
    from pyarrow import parquet

    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        reader = relation.to_arrow_reader(_BATCH)  # DuckDB itself may write no files where the lake is a frozen one
        with parquet.ParquetWriter(unfinished, reader.schema, compression="zstd") as file:
            for batch in reader:
                file.write_batch(batch)
        rows = parquet.read_metadata(unfinished).num_rows
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    output.note(f"{target}: {rows} rows")


def _show(relation: "duckdb.DuckDBPyRelation", limit: int) -> None:
    rows = relation.limit(limit + 1).fetchall()
    numeric = [str(kind) in {"BIGINT", "INTEGER", "DOUBLE", "HUGEINT", "SMALLINT"} for kind in relation.types]
    output.table(relation.columns, rows[:limit], right=numeric)
    if len(rows) > limit:
        output.note(f"Only the first {limit} rows are shown; see --limit, --csv and --output.")


def _stream(relation: "duckdb.DuckDBPyRelation", style: str) -> None:
    """Print all rows without holding more than some of them in memory."""
    names, header = relation.columns, True
    while rows := relation.fetchmany(_BATCH):
        if style == "json":
            output.json_lines(names, rows)
        else:
            output.csv_lines(names, rows, header=header)
        header = False
    if style == "csv" and header:
        output.csv_lines(names, [])


def _is_parquet(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"PAR1"
