"""Run the main job on the demo benchmark."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"))
@click.pass_context
def demo(ctx: click.Context, folder: Path) -> None:
    """Write the demo benchmark to FOLDER and take it from questions to figures, showing each command as it runs.

    Databases, questions and candidates are synthetic: made by this project, by no model.

    \b
    Example:
      t2s --lake demo/lake demo demo
    """
    from store.cli import cli
    from text2sql_data.demo import build

    files = build(folder)
    click.echo(f"Wrote the demo benchmark to {folder}: databases, questions, and the answers of two made-up systems.")
    for words in (
        ["benchmark", "add", str(files.questions), "--name", "demo"],
        ["import", "k-lists", *map(str, files.k_lists), "--benchmark", "demo"],
        ["import", "mats", str(files.rollouts), "--benchmark", "demo"],
        ["execute"],
        ["label", "--comparator", "bird", "--comparator", "spider"],
        ["eval", "--comparator", "bird"],
    ):
        line = ["--lake", ctx.obj.shown, *words]
        click.secho(f"\n$ t2s {' '.join(line)}", bold=True)
        sys.argv = ["t2s", *line]  # what is recorded with the snapshot is the command as shown
        cli.main(line, standalone_mode=False)
    click.echo(
        f"\nLook further: t2s --lake {ctx.obj.shown} sql 'FROM verdicts LIMIT 10'   or   t2s --lake {ctx.obj.shown} schema"
    )
