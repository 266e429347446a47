"""Write a run to a file that other people's programs read, and that imports again."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.exporters.exporting import Exported

FORMATS = ("mats", "trajectories", "grpo", "bird", "spider")
"""Their names, here because their modules are imported only when the command runs."""
GATES = ("exec_ok", "critique", "always")


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--run", required=True, help="Run to write.")
@click.option("--format", "format_name", required=True, type=click.Choice(FORMATS), help="Format of the file.")
@click.option("--comparator", help="Whose labels are the flags: bird, ..., or file:RUN. Default: bird, else the run's own flags.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the labels and of the gold SQL.")
@click.option("--regime", help="Regime of the critiques. Default: the run's system.")
@click.option("--sample", default=0, show_default=True, type=click.IntRange(0), help="bird, spider: which sample.")
@click.option("--final", is_flag=True, help="bird, spider: the final answer of the sample, not its first SQL.")
@click.option("--gate", default="exec_ok", show_default=True, type=click.Choice(GATES), help="With --final, which SQL that is.")
@click.option(
    "--key", default="position", show_default=True, type=click.Choice(("position", "question_id")), help="bird: the keys."
)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Say what was written as one JSON object.")
@click.pass_obj
@click.pass_context
def export(
    context: click.Context,
    address: Address,
    file: Path,
    run: str,
    format_name: str,
    comparator: str | None,
    gold_revision: str,
    regime: str | None,
    sample: int,
    final: bool,
    gate: str,
    key: str,
    force: bool,
    as_json: bool,
) -> None:
    """Write a run to FILE (- is standard output): mats, trajectories, grpo, bird or spider (docs/exports.md).

    FILE is written beside its place and moved there when it is whole.

    \b
    Example:
      t2s export --run sft_vf --format mats sft_vf.jsonl
      t2s export --run sft_vf --format bird --sample 0 --final predictions.json
    """
    import store
    from store import output
    from store.progress import bar
    from text2sql_data.exporters.exporting import Options, export_run, size

    told = {name for name in context.params if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE}
    _require_fitting(told, format_name, final=final)
    options = Options(comparator, gold_revision, regime, sample, final, gate, key == "question_id", force)
    with (
        store.open(address, create=False, memory_limit="800MB") as lake,
        bar("exporting", size(lake, run, format_name), unit="questions") as advance,
    ):
        done = export_run(lake, run, format_name, file, options, progress=advance)
    to_stdout = str(file) == "-"
    if as_json:
        click.echo(output.text({**done._asdict(), "path": str(done.path)}), err=to_stdout)
    else:
        click.echo(output.visible(summary(done)), err=to_stdout)


def summary(done: "Exported") -> str:
    """The closing line: what is in the file, and what is not."""
    from text2sql_data.comparators.difference import counted

    parts = [counted(done.questions, "question"), counted(done.candidates, "candidate")]
    if done.regime is not None:
        parts.append(f"{counted(done.critiques, 'critique')} of the regime {done.regime}")
    line = f"{done.run}: {', '.join(parts)}, as {done.format}"
    if done.taken:
        line += f" ({done.taken})"
    elif done.comparator is None:
        line += ". Flags: none, for no comparator has labelled the run"
    else:
        null = done.candidates - done.flagged
        line += f". Flags: {done.comparator}{f', {null:,} null' if null else ''}"
    left = ", ".join(f"{number:,} {what}" for what, number in done.left.items())
    return f"{line}. {f'Left out or changed: {left}' if left else 'Nothing was left out'}."


def _require_fitting(told: set[str], format_name: str, *, final: bool) -> None:
    """Refuse options that the format would ignore."""
    one = format_name in {"bird", "spider"}
    ignored = {"comparator", "regime", "gold_revision"} if one else {"sample", "final", "gate", "key"}
    if format_name == "spider":
        ignored.add("key")
    if wrong := sorted(told & ignored):
        raise click.UsageError(f"--{wrong[0].replace('_', '-')} says nothing to the format {format_name}.")
    if "gate" in told and not final:
        raise click.UsageError("--gate goes with --final.")
