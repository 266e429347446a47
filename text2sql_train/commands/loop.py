"""Train, roll out, mine pairs, train again: the whole loop, in one command."""

from pathlib import Path

import click


@click.command()
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of lake, models and reports; the configuration's `name` when not given.",
)
@click.option("--iterations", type=click.IntRange(min=1), help="How often; instead of the configuration's `iterations`.")
@click.option("--dry-run", is_flag=True, help="Check the configuration, and list the commands.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object at the end.")
def loop(config: Path, folder: Path | None, iterations: int | None, dry_run: bool, as_json: bool) -> None:
    """Go through the loop of CONFIG: SFT, rollouts, pairs, DPO or ORPO, a selector, rollouts; and the table of all stages.

    Each step is a command of t2s, and is shown. A loop that was interrupted goes on when the same command is given again; with
    more iterations, it is continued. The lake is FOLDER/lake; the option --lake of t2s is not used.

    \b
    Example:
      t2s loop docs/loop/tiny.yaml --folder loop
    """
    import json
    import shlex

    import msgspec

    from store import output
    from store.cli import cli
    from text2sql_train.loop import config as configuration
    from text2sql_train.loop import running

    wanted = configuration.read(config)
    if iterations is not None:
        wanted = msgspec.structs.replace(wanted, iterations=iterations)
    home = folder or Path(wanted.name)
    lake = home / "lake"
    found = running.check(wanted, home, config.parent)
    if dry_run:
        for step in found:
            click.echo(f"t2s {shlex.join(['--lake', str(lake), *step.words])}")
        return
    took = running.run(wanted, lake, found, home, lambda words: cli.main(words, standalone_mode=False))
    seconds = sum(one for _, one in took)
    output.note(f"{len(took)} steps in {seconds / 60:.1f} minutes. The report: {home / 'trajectory.html'}")
    if as_json:
        output.json_line(json.loads((home / "trajectory.json").read_text("utf-8")))
