"""Build datasets that a trainer takes as they are, from a recipe."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from text2sql_data.datasets.building import Built
    from text2sql_data.datasets.recipe import Recipe

_DROPS = 20


@click.group()
def dataset() -> None:
    """Datasets for SFT, selectors, preference training, KTO, GRPO and verl."""


@dataset.command()
@click.argument("recipe", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--output", type=click.Path(path_type=Path), help="Write one Parquet file a split into this new folder.")
@click.option(
    "--pin", "as_pin", is_flag=True, help="Keep the dataset in the lake as its next version, to be cited as NAME@VERSION."
)
@click.option("--against", multiple=True, metavar="BENCHMARK", help="Refuse any overlap with this benchmark too; repeatable.")
@click.option("--dry-run", is_flag=True, help="Build it and say what it would be, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def build(
    context: click.Context,
    recipe: Path,
    output: Path | None,
    as_pin: bool,
    against: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Build the dataset of a RECIPE, a YAML file, and say what is in it: rows, balance, token lengths, what was left out and why.

    Without --output and --pin nothing is written. Exit code 3: it overlaps with a benchmark that it must keep away from, or more
    rows are too long for the trainer than the recipe allows.

    \b
    Example:
      t2s dataset build docs/recipes/selector_pointwise.yaml
      t2s dataset build docs/recipes/grpo.yaml --output grpo
    """
    import store
    from store import output as printing
    from store.progress import busy
    from text2sql_data.commands.refusal import refusing
    from text2sql_data.datasets import output as writing
    from text2sql_data.datasets import reading
    from text2sql_data.datasets.building import build as build_dataset

    wanted = reading.with_against(reading.read(recipe), against)
    with refusing(context, as_json=as_json):
        with store.open(context.obj, create=False) as lake, lake.at(lake.version) as past, past.scratch() as scratch:
            with busy(f"building {wanted.name}"):
                built = build_dataset(past, scratch, wanted)
            if output is not None and not dry_run:
                for path in writing.write(scratch, wanted, output):
                    printing.note(f"wrote {path}")
        pinned = _pin(context.obj, wanted, dry_run=dry_run) if as_pin else None
    if dry_run:
        printing.note("Dry run: nothing was written.")
    if as_json:
        printing.json_line({**built._asdict(), "pin": pinned})
        return
    _print(built)
    if pinned:
        click.echo(f"\npinned: {pinned}" if not dry_run else f"\nwould be pinned: {pinned}")


def _pin(path: Path, wanted: "Recipe", *, dry_run: bool) -> str:
    """Pin the dataset; its name and version."""
    import store
    from store.progress import busy
    from text2sql_data.datasets.pinning import pin_recipe

    with store.open(path, create=False) as lake, busy(f"pinning {wanted.name}"):
        return pin_recipe(lake, wanted, arguments=sys.argv[1:], dry_run=dry_run).pin.ref


def _print(built: "Built") -> None:
    """The statistics for people."""
    from store import output as printing

    summary: Any = built.summary
    click.echo(f"{built.name} ({built.kind}): {summary['rows']:,} rows, {summary['dropped']:,} left out\n")
    rows = [
        (
            split,
            told["rows"],
            told["questions"],
            told["n_databases"],
            ", ".join(f"{name} {count}" for name, count in told["labels"].items()) or "-",
            ", ".join(f"{name} {count}" for name, count in told["types"].items()) or "-",
        )
        for split, told in summary["splits"].items()
    ]
    printing.table(("split", "rows", "questions", "databases", "labels", "types"), rows, right=(False, True, True, True))
    databases = sorted(
        (count, name, split) for split, told in summary["splits"].items() for name, count in told["databases"].items()
    )
    if databases:
        shown = [(split, name, count) for count, name, split in reversed(databases[-_DROPS:])]
        more = "" if len(databases) <= _DROPS else f" (the largest {_DROPS} of {len(databases)})"
        click.echo(f"\nrows by database{more}")
        printing.table(("split", "database", "rows"), shown, right=(False, False, True))
    if summary["drops"]:
        click.echo("\nleft out")
        drops = sorted(((count, reason) for reason, count in summary["drops"].items()), key=lambda drop: (-drop[0], drop[1]))
        printing.table(("reason", "rows"), [(reason, count) for count, reason in drops], right=(False, True))
    if summary["audit"]:
        _print_audit(summary["audit"])
    if summary["overlaps"]["against"]:
        names, ways = (", ".join(summary["overlaps"][part]) for part in ("against", "by"))
        click.echo(f"\n{summary['overlaps']['questions']} questions were left out that overlap with {names} by {ways}")


def _print_audit(audit: Any) -> None:  # noqa: ANN401 - as JSON has it
    """The token audit for people."""
    from store import output as printing

    click.echo(f"\ntokens for {audit['trainer']}, max_length {audit['max_length']}, tokenizer {audit['tokenizer']}")
    rows = [
        (
            split,
            ", ".join(f"{count} {fate}" for fate, count in told["fates"].items()),
            " / ".join(str(length) for length in told["prompt_tokens"].values()),
            " / ".join(str(length) for length in told["tokens"].values()),
        )
        for split, told in audit["splits"].items()
    ]
    printing.table(("split", "rows", "prompt p50 / p90 / p99 / max", "whole p50 / p90 / p99 / max"), rows)
