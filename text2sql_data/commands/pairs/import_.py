"""Import preference pairs from other people's files."""

import sys
from pathlib import Path

import click

from store.address import Address


@click.command(name="import")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--benchmark", required=True, help="Benchmark in which the questions are looked for.")
@click.option("--name", help="Name of the new pair set; the file's name when not given, for one file.")
@click.option("--quarantine", is_flag=True, help="Put entries that cannot be read into the table rejects, and go on.")
@click.option("--dry-run", is_flag=True, help="Read and match everything, say what would be added, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def import_(
    address: Address, paths: tuple[Path, ...], benchmark: str, name: str | None, quarantine: bool, dry_run: bool, as_json: bool
) -> None:
    """Import FILE... as one pair set: published pairs with `meta`, or plain prompt, chosen and rejected (docs/pairs.md).

    Importing the same files again adds nothing. An entry that cannot be read stops the import, and nothing is written.

    \b
    Example:
      t2s pairs import dpo_pairs.json --benchmark spider_dev --name published
    """
    import store
    from store import output
    from store.progress import bar
    from text2sql_data.commands.pairs.mine import show
    from text2sql_data.pairs.importing import import_pairs

    if name is None and len(paths) > 1:
        raise click.UsageError("Several files make one set: name it with --name.")
    with (
        store.open(address, create=False) as lake,
        bar("importing", sum(file.stat().st_size for file in paths), in_bytes=True) as advance,
    ):
        done = import_pairs(
            lake,
            paths,
            name or paths[0].stem,
            benchmark=benchmark,
            quarantine=quarantine,
            progress=advance,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    if dry_run:
        output.note("Dry run: nothing was written.")
    show(done.recorded, as_json=as_json, read=done.read, matched=done.matched, duplicates=done.duplicates, rejects=done.rejects)
    if as_json:
        return
    if done.matched < done.read:
        click.echo(f"{done.read - done.matched:,} of {done.read:,} pairs have no question in {benchmark}")
    if done.duplicates:
        click.echo(f"{done.duplicates:,} pairs repeat another one, and were left out")
    if done.rejects:
        click.echo(f"{done.rejects:,} entries put aside; see: t2s sql 'FROM rejects'")
