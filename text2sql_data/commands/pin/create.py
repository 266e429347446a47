"""Build a dataset from a recipe and pin it."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", help="Name of the dataset, if not that of the recipe.")
@click.option(
    "--lock", type=click.Path(path_type=Path, dir_okay=False), help="Put the pin into this lock file, such as pins.lock."
)
@click.option("--against", multiple=True, metavar="BENCHMARK", help="Refuse any overlap with this benchmark too; repeatable.")
@click.option("--dry-run", is_flag=True, help="Build and digest it, say what it would be, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def create(
    context: click.Context,
    recipe: Path,
    name: str | None,
    lock: Path | None,
    against: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Build a dataset by a RECIPE from the lake as it is now, and pin it under the next version of its name.

    The very same dataset, with the same rows by the same recipe, is not pinned twice. Exit code 3: it overlaps with a benchmark
    that it must keep away from, or more rows are too long for the trainer than the recipe allows.

    \b
    Example:
      t2s pin create docs/recipes/selector_pointwise.yaml --lock pins.lock
    """
    import store
    from store import output
    from store.progress import busy
    from text2sql_data.commands.refusal import refusing
    from text2sql_data.datasets import lockfile, pinning, reading

    wanted = reading.with_against(reading.read(recipe), against)
    doing = f"building and pinning {name or wanted.name}"
    with refusing(context, as_json=as_json), store.open(context.obj, create=False) as lake, busy(doing):
        done = pinning.pin_recipe(lake, wanted, name=name, arguments=sys.argv[1:], dry_run=dry_run)
    if lock is not None and not dry_run:
        lockfile.add(lock, [done.pin])
    if dry_run:
        output.note("Dry run: nothing was written.")
    if as_json:
        output.json_line({"ref": done.pin.ref, "already": done.already, **done.pin._asdict()})
        return
    state = (
        "the same as before; nothing was pinned anew" if done.already else f"pinned from version {done.pin.snapshot} of the lake"
    )
    click.echo(f"{done.pin.ref}: {done.pin.n_rows:,} rows, {state}. sha256 {done.pin.digest}")
