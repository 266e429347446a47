"""Import candidates, critiques and flags from other people's files."""

import sys
from pathlib import Path

import click

from store.address import Address

FORMATS = ("spider", "bird", "jsonl", "k-lists", "mats", "trajectories", "grpo", "critiques")
"""Their names, here because their modules are imported only when the command runs."""


@click.command("import")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(FORMATS))
@click.argument(
    "paths", metavar="FILES...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--benchmark", required=True, help="Benchmark whose questions the files answer.")
@click.option("--run", help="Name of the run; the file's name when not given.")
@click.option("--system", help="System that made the candidates; the run's name when not given.")
@click.option("--regime", help="Regime of the critiques, such as sft or collab; the system when not given.")
@click.option("--as-samples", is_flag=True, help="The files are samples 0, 1, ... of one run, not a run each; needs --run.")
@click.option("--quarantine", is_flag=True, help="Put entries that cannot be read into the table rejects, and go on.")
@click.option("--dry-run", is_flag=True, help="Read and match everything, say what would be added, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
@click.pass_obj
def import_(
    address: Address,
    format_name: str,
    paths: tuple[Path, ...],
    benchmark: str,
    run: str | None,
    system: str | None,
    regime: str | None,
    as_samples: bool,
    quarantine: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import FILES in a FORMAT: spider, bird, jsonl, k-lists, mats, trajectories, grpo or critiques (docs/importers.md).

    Importing the same file again adds nothing. A line that cannot be read stops the import, and nothing is written.

    \b
    Example:
      t2s import spider predictions/*.sql --benchmark spider_dev
      t2s import mats rollouts.jsonl --benchmark bird_dev --run sft_vf
    """
    import store
    from store import output
    from store.progress import bar
    from text2sql_data import importers
    from text2sql_data.importers.importing import Source, import_runs

    if as_samples and run is None:
        raise click.UsageError("--as-samples makes one run of all files: name it with --run")
    if run is not None and len(paths) > 1 and not as_samples:
        raise click.UsageError(
            f"--run names one run, and there are {len(paths)} files: import them one by one, or add --as-samples"
        )
    if as_samples and run is not None:
        sources = [Source(run, system or run, paths)]
    else:
        sources = [Source(run or file.stem, system or run or file.stem, (file,)) for file in paths]
    repeated = {source.run for source in sources if sum(other.run == source.run for other in sources) > 1}
    if repeated:
        raise click.UsageError(f"several files would become run {', '.join(sorted(repeated))}: import them one by one with --run")
    format_ = next(known for known in importers.FORMATS if known.name == format_name)
    with (
        store.open(address, memory_limit="800MB") as lake,
        bar("importing", sum(file.stat().st_size for file in paths), in_bytes=True) as advance,
    ):
        imported = import_runs(
            lake,
            format_,
            sources,
            benchmark=benchmark,
            regime=regime,
            quarantine=quarantine,
            progress=advance,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    if dry_run:
        output.note("Dry run: nothing was written.")
    for done in imported:
        if as_json:
            output.json_line(done._asdict())
            continue
        if done.already:
            click.echo(f"{done.run}: already there; nothing was added.")
            continue
        rows = ", ".join(f"{count} {table}" for table, count in done.added.items() if count and table != "comparators")
        click.echo(f"{done.run}: {done.answers} answers to {benchmark}: {rows}")
        if done.rejects:
            click.echo(f"{done.run}: {done.rejects} entries put aside; see: t2s sql 'FROM rejects'")
